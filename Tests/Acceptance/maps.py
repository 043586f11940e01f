"""Class maps as arrays: what mist-edge and mist predict write."""
import glob
import json
import os
import shutil

import numpy as np

from report import run


def shards(store, split):
    """Paths of a split's shards, in order."""
    with open(os.path.join(store, "manifest.json")) as file:
        manifest = json.load(file)
    found = next(s for s in manifest["splits"] if s["name"] == split)["shards"]
    return [os.path.join(store, shard["file"]) for shard in found]


def read_pgm(path):
    """A binary greymap of one byte per pixel, `[H, W]`."""
    with open(path, "rb") as file:
        data = file.read()
    magic, width, height, largest = data.split(None, 4)[:4]
    assert (magic, largest) == (b"P5", b"255"), path
    values = np.frombuffer(data, np.uint8)
    return values[len(values) - int(width) * int(height):].reshape(int(height), int(width))


def numbered(paths):
    """In the order of shard and sample, whatever the numbers' width."""
    key = lambda path: [int(part) if part.isdigit() else part for part in os.path.basename(path).replace(".", "-").split("-")]
    return sorted(paths, key=key)


def stored_maps(places, bundle, store, split):
    """The class maps `[n, H, W]` that mist-edge makes of a split."""
    folder = places.output("edge-maps", "x").rsplit(os.sep, 1)[0]
    shutil.rmtree(folder)
    os.makedirs(folder)
    run(places.edge, "run", bundle, *shards(store, split), "--maps", folder)
    return np.stack([read_pgm(path) for path in numbered(glob.glob(os.path.join(folder, "*.pgm")))])


def predicted_maps(places, bundle, store, split):
    """The masks `[n, H, W]` that mist predict makes of a split by the same bundle."""
    from PIL import Image

    folder = places.output("predicted-maps", "x").rsplit(os.sep, 1)[0]
    shutil.rmtree(folder)
    run("mist", "predict", bundle, *shards(store, split), "-o", folder)
    return np.stack([np.asarray(Image.open(p)) for p in numbered(glob.glob(os.path.join(folder, "*-mask.png")))])


def stored_masks(store, split):
    """The true masks `[n, H, W]` of a split, 255 ignored."""
    from safetensors.numpy import load_file

    return np.concatenate([load_file(shard)["mask"] for shard in shards(store, split)])


def confusion(found, truth, classes):
    """Pixels `[true][predicted]`, ignored ones left out."""
    counted = truth != 255
    pairs = truth[counted].astype(np.int64) * classes + found[counted]
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def different(found, expected):
    """Number of pixels that differ; all of them when the shapes do."""
    return int((found != expected).sum()) if found.shape == expected.shape else expected.size
