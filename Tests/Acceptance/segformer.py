"""SegFormer-B4 at real size: what transformers writes must come out as PyTorch computes it, and stay within memory."""
import glob
import json
import os
import re
import shutil
import sys

from maps import different, stored_maps
from report import MEBIBYTE, Skip, peak_memory, row, run, run_json

TOLERANCE = 1e-4
GROUPS = {"stages": r"stage\d", "blocks": r"F\d+", "gathers": r"A\d_k\d+", "logits": r"logits"}


def samples(places):
    """ADE20K's sample images: (image, annotation) pairs."""
    folder = os.path.join(places.data, "ade20k-samples")
    images = sorted(glob.glob(os.path.join(folder, "images", "*.jpg")))
    if len(images) < 3:
        raise Skip("no real images: ade20k-samples is not in the data folder (--data DIR)")
    return [(i, i.replace("images", "annotations").replace(".jpg", ".png")) for i in images]


def fixtures(places):
    """B4 with random weights, written by transformers, and PyTorch's activations of an ADE20K image (once)."""
    folder = os.path.join(places.work, "b4")
    if not os.path.exists(os.path.join(folder, "versions.json")):
        image = samples(places)[0][0]
        run(sys.executable, places.fixture("segformer", "make.py"), "--size", "b4", "--out", folder, "--image", image)
    return folder


def converted(places):
    """The canonical B4 of the released naming."""
    output = places.output("b4.safetensors")
    if not os.path.exists(output):
        run("mist", "convert", os.path.join(fixtures(places), "hf-segformer-hub", "model.safetensors"), "-o", output)
    return output


def images(places):
    """The samples in ADE20K's layout, with 150 class names."""
    folder = places.output("ade-samples")
    shutil.rmtree(folder, ignore_errors=True)
    for number, pair in enumerate(samples(places)):
        split = "training" if number < 2 else "validation"
        for kind, file in zip(("images", "annotations"), pair):
            os.makedirs(os.path.join(folder, kind, split), exist_ok=True)
            shutil.copy(file, os.path.join(folder, kind, split))
    with open(os.path.join(folder, "classes.txt"), "w") as file:
        file.writelines(f"class {i}\n" for i in range(150))
    return folder


def worst(result):
    """Largest relative error of each group of a `mist verify --json` result, as text, and over all."""
    found = {}
    for tensor in result["tensors"]:
        group = next((g for g, pattern in GROUPS.items() if re.fullmatch(pattern, tensor["name"])), tensor["name"])
        found[group] = max(found.get(group, (0, "")), (tensor["relativeError"], tensor["name"]))
    text = ", ".join(f"{group} {error:.1e} ({name})" for group, (error, name) in found.items())
    complete = set(found) == set(GROUPS) and not result["skipped"]
    return text, max(error for error, _ in found.values()), complete


def b4(places):
    """SegFormer-B4 from transformers, safetensors and ONNX, at 512 x 512 and 483 x 650."""
    folder, hashes = fixtures(places), {}
    hub = os.path.join(folder, "hf-segformer-hub")
    data = images(places)
    for name, source in {
        "safetensors": os.path.join(hub, "model.safetensors"), "ONNX": os.path.join(hub, "model.onnx"),
        "transformers 5 names": os.path.join(folder, "hf-segformer-v5", "model.safetensors"),
    }.items():
        output = converted(places) if name == "safetensors" else places.output("b4-other.safetensors")
        *_, seconds = run("mist", "convert", source, "-o", output)
        hashes[name] = run_json("mist", "extract", output, data, "-o", places.output("unused"), "--dry-run")["model"]
        if name == "transformers 5 names":
            continue
        for golden, size in (("golden", "512 x 512"), ("golden-odd", "483 x 650")):
            result = run_json(
                "mist", "verify", output, "--golden", os.path.join(hub, golden + ".safetensors"), status=None)
            text, error, complete = worst(result)
            row(
                f"SegFormer-B4 {name}, {size}", f"every tensor within {TOLERANCE:g}",
                f"worst: {text}; {len(result['tensors'])} tensors; converted in {seconds:.1f} s",
                complete and error <= TOLERANCE)
    row(
        "SegFormer-B4, model hashes", "one hash for equal weights",
        ", ".join(f"{name} {value[:12]}" for name, value in hashes.items()), len(set(hashes.values())) == 1)


def pyramids(places):
    """A store of B4 pyramids at 512 x 512 (k = 27 and the stages' own outputs); 16 training samples, one validation image."""
    store = places.output("b4-pyramids")
    shutil.rmtree(store, ignore_errors=True)
    command = ["mist", "extract", converted(places), images(places), "-o", store, "--input", "512x512", "--gather", "27",
               "--views", 8, "--export", "pyramid", "--json"]
    output, peak = peak_memory(*command)
    return store, json.loads(output), peak


def memory(places):
    """B4 extraction and training on its 512 x 512 pyramids: speed and memory."""
    store, result, peak = pyramids(places)
    row(
        "B4 extraction, 512 x 512, pyramid of one depth", "reported",
        f"{result['imagesPerSecond']:.2f} images/s, peak memory {peak / MEBIBYTE:.0f} MiB", result["images"] == 17)
    for head in ("linear", "mlp"):
        output, peak = peak_memory(
            "mist", "train", store, "-o", places.output("b4-head.safetensors"), "--recipe", "plain", "--head", head,
            "--lae", "all", "--k", "27", "--epochs", "3", "--batch", "8", "--lr", "1e-3", "--seed", "0", "--json")
        result = json.loads(output)
        row(
            f"training on 512 x 512 pyramids, batch 8, {head} after LAE on every level", "peak memory under 1 GB",
            f"{peak / 1e6:.0f} MB, without mapped features {result['ownMemoryBytes'] / 1e6:.0f} MB, {result['seconds']:.0f} s",
            peak < 1e9)


def fold(places):
    """A decode head trained by PyTorch unmerged, folded, exported and run by mist-edge."""
    from safetensors.numpy import load_file

    store = places.output("b4-pyramids")
    if not os.path.exists(os.path.join(store, "manifest.json")):
        store, *_ = pyramids(places)
    folder = places.output("decode-head", "model.safetensors").rsplit(os.sep, 1)[0]
    run(sys.executable, places.fixture("segmentation-training", "decode_head.py"), store, "--k", "27", "--out", folder)
    head, bundle = places.output("folded.safetensors"), places.output("folded.mistedge")
    run("mist", "fold", os.path.join(folder, "model.safetensors"), "--features", store, "--k", "27", "-o", head)
    run("mist", "export", head, "-o", bundle, "--dtype", "f32", "--features", store)
    expected = load_file(os.path.join(folder, "classes.safetensors"))
    wrong = count = 0
    for split in ("train", "val"):
        found = stored_maps(places, bundle, store, split)
        wrong += different(found, expected[split])
        count += expected[split].size
    row(
        "decode head trained by PyTorch, folded", "99.99 % of pixels as PyTorch's unfolded head",
        f"{100 * (1 - wrong / count):.4f} % of {count} pixels", wrong <= 1e-4 * count)
