"""Stores with a checksum per sample, each with one thing wrong; `make.py` runs this.

Every case is a copy of `valid-checksums`, that of `make_offsets.py` with checksums, with one change.
"""
import functools
import struct
import zlib

import make
import make_offsets


def manifest():
    return {**make_offsets.manifest(), "checksums": True}


def checksums(tensors, name):
    """Of every sample's codes, scales and offsets."""
    dtype, shape, data = tensors[name]
    count = shape[0]
    parts = [part for part in (data, *(tensors[name + end][2] for end in (".scale", ".offset") if name + end in tensors))]
    sums = []
    for i in range(count):
        sums.append(zlib.crc32(b"".join(part[i * len(part) // count:(i + 1) * len(part) // count] for part in parts)))
    return "U32", [count], struct.pack(f"<{count}I", *sums)


def shard(m, split, first, listed):
    tensors, metadata = make_offsets.shard(m, split, first, listed)
    names = [name for name in (["final"] if "final" in tensors else []) + [f"k{k}" for k in make.GATHER]]
    ordered = {}
    for name, tensor in tensors.items():
        # Behind scales and offsets, before the first codes.
        if name == f"k{make.GATHER[0]}":
            for feature in names:
                ordered[feature + ".crc32"] = checksums(tensors, feature)
        ordered[name] = tensor
    return ordered, metadata


def without(tensors, _):
    del tensors["k2.crc32"]


def differing(tensors, _):
    dtype, shape, data = tensors["k1.crc32"]
    tensors["k1.crc32"] = dtype, shape, bytes([data[0] ^ 1]) + data[1:]


SHARDS = {"checksum-missing": without, "checksum-differs": differing}


def main():
    build = functools.partial(make.build, source=(manifest, shard))
    build("valid-checksums")
    return make.broken(build, {}, SHARDS, {})
