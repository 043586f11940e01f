"""Broken stores of version 3, which say their task by name; `make.py` runs this.

Every case is a copy of one small valid store (`valid-named`, that of `make.py` with its task) with one change.
`valid-named-segmentation` is that of `make_maps.py`.
"""

import functools

import make
import make_maps


def named(source, task):
    make_manifest, make_shard = source

    def manifest():
        return make_manifest() | {"version": 3, "task": task}

    def shard(m, split, first, listed):
        tensors, metadata = make_shard(m, split, first, listed)
        return tensors, metadata | {"mist.version": "3", "mist.task": task}

    return manifest, shard


CLASSES = named((make.manifest, make.shard), "classification")
MANIFESTS = {
    "named-no-task": make.drop("task"),
    "named-unknown-task": make.put("task", "detection"),
}
SHARDS = {
    "named-shard-no-task": make.drop_metadata("mist.task"),
}


def main():
    make.build("valid-named", source=CLASSES)
    make.build(
        "valid-named-segmentation", source=named((make_maps.manifest, make_maps.shard), "segmentation"), per_shard=2)
    return make.broken(functools.partial(make.build, source=CLASSES), MANIFESTS, SHARDS, {})
