"""Broken feature stores, one rule of Formats/feature-store.md each. Standard library only.

    python make.py            # writes a folder per case beside this script

Every case is a copy of one small valid store (`valid`) with one change.
"""

import copy
import hashlib
import json
import os
import shutil
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
TOKENS, CHANNELS, GATHER, PER_SHARD = 3, 4, [1, 2], 3
FILES = {"train": 5, "test": 2}


def write_safetensors(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, (dtype, shape, values) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def manifest():
    splits = []
    for name, count in FILES.items():
        labels = [i % 2 for i in range(count)]
        files = [f"{name}/{'dog' if label else 'cat'}/{i}.png" for i, label in enumerate(labels)]
        skipped = []
        if name == "train":
            reason = "the file ends before the image does"
            skipped = [{"index": 1, "file": files[1], "code": "image.truncated", "reason": reason}]
        splits.append({"name": name, "files": files, "labels": labels, "skipped": skipped, "shards": []})
    epsilon = {"preNorm": 1e-6, "block": 1e-6, "final": 1e-6}
    configuration = {
        "width": CHANNELS, "depth": 2, "heads": 1, "mlpWidth": 16, "mlp": "gelu", "patchSize": 4, "imageSize": [4, 8],
        "registerTokens": 0, "classToken": True, "classPosition": True, "qkvBias": True, "layerScale": False,
        "preNorm": False, "epsilon": epsilon, "positionResize": "bicubic",
    }
    preprocessing = {
        "resize": {"exact": [4, 8]}, "interpolation": "bilinear",
        "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5],
    }
    return {
        "format": "mist-feature-store", "version": 1,
        "model": {"hash": "ab" * 32, "source": "small.safetensors", "configuration": configuration},
        "gather": GATHER, "final": True, "dtype": "int8", "tokens": TOKENS, "channels": CHANNELS,
        "preprocessing": preprocessing, "classes": ["cat", "dog"], "filesPerShard": PER_SHARD,
        "plan": "cd" * 32, "splits": splits,
    }


def preprocessing_hash(m):
    return hashlib.sha256(json.dumps(m["preprocessing"], sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def shard(m, split, first, listed):
    kept = [i for i in range(first, first + listed) if i not in [s["index"] for s in split["skipped"]]]
    n = len(kept)
    tensors = {
        "label": ("I64", [n], struct.pack(f"<{n}q", *[split["labels"][i] for i in kept])),
        "index": ("I64", [n], struct.pack(f"<{n}q", *kept)),
        "final": ("F32", [n, CHANNELS], struct.pack(f"<{n * CHANNELS}f", *[i / 8 for i in range(n * CHANNELS)])),
    }
    for k in GATHER:
        tensors[f"k{k}.scale"] = ("F32", [n, TOKENS], struct.pack(f"<{n * TOKENS}f", *[k / 4] * (n * TOKENS)))
    for k in GATHER:
        values = [(k * i) % 255 - 127 for i in range(n * TOKENS * CHANNELS)]
        tensors[f"k{k}"] = ("I8", [n, TOKENS, CHANNELS], struct.pack(f"<{len(values)}b", *values))
    skipped = [s for s in split["skipped"] if first <= s["index"] < first + listed]
    metadata = {
        "mist.format": "feature-shard", "mist.version": "1", "mist.model": m["model"]["hash"],
        "mist.gather": ",".join(map(str, GATHER)), "mist.final": "true", "mist.dtype": "int8",
        "mist.tokens": str(TOKENS), "mist.channels": str(CHANNELS), "mist.preprocessing": preprocessing_hash(m),
        "mist.classes": "2", "mist.split": split["name"], "mist.first": str(first), "mist.listed": str(listed),
        "mist.plan": m["plan"], "mist.skipped": json.dumps(skipped, sort_keys=True, separators=(",", ":")),
    }
    return tensors, metadata


def build(name, change_shard=None, change_file=None, change_manifest=None, source=None, per_shard=PER_SHARD):
    """A store in folder `name`. `change_shard(tensors, metadata)` changes the first shard before the manifest records
    it, `change_file(folder)` the finished files, `change_manifest(manifest)` the manifest before writing. `source`: the
    functions that make the manifest and a shard."""
    make_manifest, make_shard = source or (manifest, shard)
    folder = os.path.join(HERE, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    m = make_manifest()
    m["filesPerShard"] = per_shard
    for split in m["splits"]:
        total = -(-len(split["files"]) // per_shard)
        for index in range(total):
            first = index * per_shard
            listed = min(per_shard, len(split["files"]) - first)
            tensors, metadata = make_shard(m, split, first, listed)
            if change_shard and split["name"] == "train" and index == 0:
                change_shard(tensors, metadata)
            file = f"{split['name']}-{index:05}-of-{total:05}.safetensors"
            write_safetensors(os.path.join(folder, file), tensors, metadata)
            data = open(os.path.join(folder, file), "rb").read()
            kept = listed - sum(first <= s["index"] < first + listed for s in split["skipped"])
            split["shards"].append({
                "file": file, "first": first, "listed": listed, "count": kept, "bytes": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
            })
    m = copy.deepcopy(m)
    if change_manifest:
        change_manifest(m)
    path = os.path.join(folder, "manifest.json")
    with open(path, "w") as file:
        json.dump(m, file, indent=1, sort_keys=True)
        file.write("\n")
    if change_file:
        change_file(folder)


FIRST = "train-00000-of-00002.safetensors"


def put(*path):
    """A change that sets the value at `path[:-1]` to `path[-1]`."""
    def change(value):
        for key in path[:-2]:
            value = value[key]
        value[path[-2]] = path[-1]
    return change


def drop(*path):
    def change(value):
        for key in path[:-1]:
            value = value[key]
        del value[path[-1]]
    return change


def metadata(key, value):
    def change(tensors, metadata):
        metadata[key] = value
    return change


def drop_metadata(key):
    def change(tensors, metadata):
        del metadata[key]
    return change


def tensor(name, dtype, shape, values):
    def change(tensors, metadata):
        tensors[name] = (dtype, shape, values)
    return change


def without_tensor(tensors, metadata):
    del tensors["k2.scale"]


def flip_byte(folder):
    path = os.path.join(folder, FIRST)
    data = bytearray(open(path, "rb").read())
    data[-1] ^= 1
    open(path, "wb").write(data)


def header_start(folder):
    path = os.path.join(folder, FIRST)
    data = bytearray(open(path, "rb").read())
    data[8] = ord("[")
    open(path, "wb").write(data)


def cut(folder):
    path = os.path.join(folder, FIRST)
    data = open(path, "rb").read()
    open(path, "wb").write(data[:-5])


def remove(name):
    return lambda folder: os.remove(os.path.join(folder, name))


def calibration(**changes):
    return {"images": 2, "sha256": "ab" * 32, "method": "compensated-rounding"} | changes


def half_manifest(folder):
    path = os.path.join(folder, "manifest.json")
    text = open(path).read()
    open(path, "w").write(text[: len(text) // 2])


MANIFESTS = {
    "manifest-without-key": drop("tokens"),
    "wrong-format": put("format", "other-store"),
    "newer-version": put("version", 5),
    "unknown-dtype": put("dtype", "f8"),
    "unknown-precision": put("precision", "fp8"),
    "calibration-no-images": put("calibration", calibration(images=0)),
    "calibration-hash": put("calibration", calibration(sha256="AB" * 32)),
    "calibration-method": put("calibration", calibration(method="guessed")),
    "calibration-of-f32": put("calibration", calibration()),
    "model-hash": put("model", "hash", "XYZ"),
    "gather-descending": put("gather", [2, 1]),
    "zero-tokens": put("tokens", 0),
    "duplicate-class": put("classes", ["cat", "cat"]),
    "split-with-path": put("splits", 0, "name", "../train"),
    "missing-label": drop("splits", 0, "labels", 0),
    "label-out-of-range": put("splits", 0, "labels", 2, 2),
    "skipped-not-listed": put("splits", 0, "skipped", 0, "index", 9),
    "shard-outside": put("splits", 0, "shards", 0, "file", "../train-00000-of-00002.safetensors"),
    "shard-range": put("splits", 0, "shards", 1, "first", 2),
    "shard-missing-from-manifest": drop("splits", 0, "shards", 1),
    "oriented-count": put("splits", 0, "oriented", 5),
    "wrong-count": put("splits", 0, "shards", 0, "count", 3),
}
SHARDS = {
    "shard-format": metadata("mist.format", "bundle"),
    "shard-version": metadata("mist.version", "2"),
    "other-model": metadata("mist.model", "ee" * 32),
    "other-gather": metadata("mist.gather", "1,3"),
    "other-precision": metadata("mist.precision", "bf16"),
    "other-preprocessing": metadata("mist.preprocessing", "00" * 32),
    "tensor-missing": without_tensor,
    "tensor-unexpected": tensor("k3", "I8", [1], b"\0"),
    "tensor-dtype": tensor("final", "I32", [2, CHANNELS], bytes(2 * CHANNELS * 4)),
    "tensor-shape": tensor("k1", "I8", [2, CHANNELS, TOKENS], bytes(2 * CHANNELS * TOKENS)),
    "index-of-skipped-file": tensor("index", "I64", [2], struct.pack("<2q", 0, 1)),
    "other-label": tensor("label", "I64", [2], struct.pack("<2q", 1, 1)),
    "feature-not-finite": tensor("final", "F32", [2, CHANNELS], struct.pack("<8f", *[0.5] * 6, float("nan"), 0.5)),
    "scale-not-finite": tensor("k1.scale", "F32", [2, TOKENS], struct.pack("<6f", *[0.25] * 4, float("inf"), 0.25)),
    "scale-negative": tensor("k2.scale", "F32", [2, TOKENS], struct.pack("<6f", *[0.25] * 5, -0.25)),
}
CHANGED = {
    "no-manifest": remove("manifest.json"),
    "manifest-cut": half_manifest,
    "shard-missing": remove(FIRST),
    "shard-cut": cut,
    "flipped-byte": flip_byte,
    "shard-header-start": header_start,
}


def broken(build, manifests, shards, changed):
    """A store per change of `build`'s; how many."""
    for keyword, changes in (("change_manifest", manifests), ("change_shard", shards), ("change_file", changed)):
        for name, change in changes.items():
            build(name, **{keyword: change})
    return len(manifests) + len(shards) + len(changed)


def main():
    build("valid")
    return broken(build, MANIFESTS, SHARDS, CHANGED)


if __name__ == "__main__":
    import make
    import make_extras
    import make_maps
    import make_named
    import make_checksums
    import make_offsets

    print(make.main() + make_maps.main() + make_named.main() + make_extras.main() + make_offsets.main() + make_checksums.main(), "broken stores")
