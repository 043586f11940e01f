"""Broken stores with blocks, layer tokens and the model's last block; `make.py` runs this.

Every case is a copy of one small valid store (`valid-extras`: that of `valid-named` without gathers, with F1, the layer tokens of F_0
and F_2, and a last block of one tensor) with one change.
"""

import hashlib
import os
import struct

import make
import make_maps
import make_named

LAST_BLOCK = "last-block.safetensors"
make_manifest, make_shard = make_named.CLASSES


def last_block(folder):
    values = struct.pack(f"<{make.CHANNELS}f", *[0.5] * make.CHANNELS)
    make.write_safetensors(
        os.path.join(folder, LAST_BLOCK), {"final_norm.weight": ("F32", [make.CHANNELS], values)},
        {"mist.format": "last-block", "mist.model": "ab" * 32})


def described():
    folder = make.HERE
    last_block(folder)
    path = os.path.join(folder, LAST_BLOCK)
    data = open(path, "rb").read()
    os.remove(path)
    return {"file": LAST_BLOCK, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def manifest():
    layers = {"depths": [0, 2], "tensors": [{"rows": 4, "channels": make.CHANNELS}]}
    return make_manifest() | {"gather": [], "blocks": [1], "layerTokens": layers, "lastBlock": described()}


def shard(m, split, first, listed):
    tensors, metadata = make_shard(m, split, first, listed)
    for k in make.GATHER:
        del tensors[f"k{k}"], tensors[f"k{k}.scale"]
    n = tensors["label"][1][0]
    sizes = {"F1": make.TOKENS, "layers": 4}
    for name, rows in sizes.items():
        tensors[name + ".scale"] = ("F32", [n, rows], struct.pack(f"<{n * rows}f", *[0.25] * (n * rows)))
    for name, rows in sizes.items():
        values = [(3 * i) % 255 - 127 for i in range(n * rows * make.CHANNELS)]
        tensors[name] = ("I8", [n, rows, make.CHANNELS], struct.pack(f"<{len(values)}b", *values))
    return tensors, metadata | {"mist.gather": "", "mist.blocks": "1", "mist.layers": "0,2"}


def build(name, change_file=None, **changes):
    def finish(folder):
        last_block(folder)
        if change_file:
            change_file(folder)

    make.build(name, source=(manifest, shard), change_file=finish, **changes)


def flip(folder):
    path = os.path.join(folder, LAST_BLOCK)
    data = bytearray(open(path, "rb").read())
    data[-1] ^= 1
    open(path, "wb").write(data)


def nothing(m):
    m["gather"], m["blocks"] = [], []
    del m["layerTokens"], m["lastBlock"]


MANIFESTS = {
    "extras-nothing": nothing,
    "extras-blocks-descending": make.put("blocks", [1, 0]),
    "extras-layers-descending": make.put("layerTokens", "depths", [2, 0]),
    "extras-layers-rows": make.put("layerTokens", "tensors", 0, "rows", 3),
    "extras-layers-levels": make.put("layerTokens", "tensors", [{"level": 2, "rows": 1, "channels": 4}] * 2),
    "extras-no-last-block": make.drop("lastBlock"),
}
SHARDS = {
    "extras-shard-blocks": make.metadata("mist.blocks", "0"),
    "extras-shard-layers": make.metadata("mist.layers", "0,1"),
}
CHANGED = {
    "extras-last-block-missing": make.remove(LAST_BLOCK),
    "extras-last-block-flipped": flip,
}


def main():
    build("valid-extras")
    segmentation = make_named.named((make_maps.manifest, make_maps.shard), "segmentation")
    make.build("extras-maps-blocks", source=segmentation, per_shard=2, change_manifest=make.put("blocks", [0]))
    return make.broken(build, MANIFESTS, SHARDS, CHANGED) + 1


if __name__ == "__main__":
    print(main(), "broken stores")
