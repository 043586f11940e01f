"""Stores of int8 of version 4, whose tokens have offsets, each with one thing wrong; `make.py` runs this.

Every case is a copy of `valid-offsets`, that of `make.py` with offsets, with one change.
"""
import functools
import struct

import make


def manifest():
    return {**make.manifest(), "version": 4, "task": "classification"}


def shard(m, split, first, listed):
    tensors, metadata = make.shard(m, split, first, listed)
    metadata.update({"mist.version": "4", "mist.task": "classification"})
    ordered = {}
    for name, tensor in tensors.items():
        # Behind the scales and before the first codes.
        if name == f"k{make.GATHER[0]}":
            for k in make.GATHER:
                _, shape, data = tensors[f"k{k}.scale"]
                ordered[f"k{k}.offset"] = ("F32", shape, struct.pack(f"<{len(data) // 4}f", *[0.5] * (len(data) // 4)))
        ordered[name] = tensor
    return ordered, metadata


def without_offset(tensors, _):
    del tensors["k2.offset"]


NOT_FINITE = struct.pack("<6f", *[0.25] * 4, float("nan"), 0.25)
SHARDS = {
    "offset-missing": without_offset,
    "offset-not-finite": make.tensor("k1.offset", "F32", [2, make.TOKENS], NOT_FINITE),
}


def main():
    build = functools.partial(make.build, source=(manifest, shard))
    build("valid-offsets")
    return make.broken(build, {}, SHARDS, {})
