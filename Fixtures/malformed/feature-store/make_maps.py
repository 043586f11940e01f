"""Broken segmentation stores (version 2), one rule of Formats/feature-store.md each; `make.py` runs this.

Every case is a copy of one small valid store (`valid-segmentation`) with one change: two training images of two views each and
one to validate on, maps of two levels.
"""

import struct

import make

LEVELS = [
    {"level": 1, "height": 2, "width": 3, "channels": 4, "reduction": 2},
    {"level": 2, "height": 1, "width": 2, "channels": 8, "reduction": 1},
]
HEIGHT, WIDTH, CLASSES = 4, 6, ["sky", "road", "tree"]
VIEWS = {0: [0, 0, 9, 12, 0], 1: [2, 3, 6, 8, 1]}


def manifest():
    splits = []
    for name, images, views in [("train", ["a", "b"], 2), ("val", ["c"], 1)]:
        files = [f"images/{name}/{stem}.jpg" for stem in images for _ in range(views)]
        masks = [f"annotations/{name}/{stem}.png" for stem in images for _ in range(views)]
        skipped = []
        if name == "train":
            reason = "annotation: it is 4 × 4 pixels, and the image 9 × 12"
            skipped = [{"index": 2, "file": files[2], "code": "masks.size-differs", "reason": reason}]
        splits.append({
            "name": name, "files": files, "masks": masks, "views": [v for _ in images for v in range(views)],
            "skipped": skipped, "shards": [],
        })
    m = make.manifest()
    for key in ["tokens", "channels"]:
        del m[key]
    m.update({
        "version": 2, "task": "segmentation", "classes": CLASSES, "splits": splits,
        "levels": [dict(level) for level in LEVELS],
        "masks": {"height": HEIGHT, "width": WIDTH, "ignore": 255, "reduceZeroLabel": True},
        "views": {"count": 2, "seed": 7, "minimumScale": 0.5},
    })
    return m


def shard(m, split, first, listed):
    kept = [i for i in range(first, first + listed) if i not in [s["index"] for s in split["skipped"]]]
    n = len(kept)
    views = [value for i in kept for value in VIEWS[split["views"][i]]]
    tensors = {
        "index": ("I64", [n], struct.pack(f"<{n}q", *kept)),
        "view": ("I32", [n, 5], struct.pack(f"<{5 * n}i", *views)),
    }
    names = [(f"{feature}.level{level['level']}", number, level)
             for number, feature in enumerate(["final", "k1", "k2"]) for level in LEVELS]
    for name, number, level in names:
        rows = n * level["height"] * level["width"]
        shape = [n, level["height"], level["width"]]
        tensors[name + ".scale"] = ("F32", shape, struct.pack(f"<{rows}f", *[(number + 1) / 4] * rows))
    for name, number, level in names:
        shape = [n, level["height"], level["width"], level["channels"]]
        count = n * level["height"] * level["width"] * level["channels"]
        values = [((number + 1) * i) % 255 - 127 for i in range(count)]
        tensors[name] = ("I8", shape, struct.pack(f"<{count}b", *values))
    mask = bytes([255, 0, 1, 2][i % 4] for i in range(n * HEIGHT * WIDTH))
    tensors["mask"] = ("U8", [n, HEIGHT, WIDTH], mask)
    _, metadata = make.shard(make.manifest(), split | {"labels": [0] * len(split["files"])}, first, listed)
    for key in ["mist.tokens", "mist.channels"]:
        del metadata[key]
    metadata.update({
        "mist.version": "2", "mist.task": "segmentation", "mist.classes": str(len(CLASSES)),
        "mist.levels": ",".join(f"{l['level']}:{l['height']}x{l['width']}x{l['channels']}" for l in LEVELS),
        "mist.mask": f"{HEIGHT}x{WIDTH}",
    })
    return tensors, metadata


def view(*values):
    """The first shard's views, the first of which is a whole image."""
    rows = [list(values), VIEWS[1]]
    return make.tensor("view", "I32", [2, 5], struct.pack("<10i", *[v for row in rows for v in row]))


MANIFESTS = {
    "maps-other-task": make.put("task", "detection"),
    "maps-no-levels": make.put("levels", []),
    "maps-levels-descending": make.put("levels", LEVELS[::-1]),
    "maps-zero-height": make.put("levels", 1, "height", 0),
    "maps-too-many-classes": make.put("classes", [f"class {i}" for i in range(256)]),
    "maps-zero-mask": make.put("masks", "width", 0),
    "maps-other-ignore": make.put("masks", "ignore", 0),
    "maps-no-views": make.put("views", "count", 0),
    "maps-minimum-scale": make.put("views", "minimumScale", 1.5),
    "maps-missing-mask": make.drop("splits", 0, "masks", 3),
    "maps-missing-view": make.drop("splits", 0, "views", 3),
    "maps-view-out-of-range": make.put("splits", 0, "views", 1, 2),
}
SHARDS = {
    "maps-shard-version": make.metadata("mist.version", "1"),
    "maps-shard-task": make.metadata("mist.task", "classification"),
    "maps-other-levels": make.metadata("mist.levels", "1:2x3x4"),
    "maps-other-mask": make.metadata("mist.mask", "6x4"),
    "maps-mask-shape": make.tensor("mask", "U8", [2, WIDTH, HEIGHT], bytes(2 * HEIGHT * WIDTH)),
    "maps-view-empty": view(0, 0, 0, 12, 0),
    "maps-view-not-whole": view(1, 0, 8, 12, 0),
    "maps-mask-value": make.tensor("mask", "U8", [2, HEIGHT, WIDTH], bytes([3] * (2 * HEIGHT * WIDTH))),
}


def build(name, **changes):
    make.build(name, source=(manifest, shard), per_shard=2, **changes)


def main():
    build("valid-segmentation")
    return make.broken(build, MANIFESTS, SHARDS, {})
