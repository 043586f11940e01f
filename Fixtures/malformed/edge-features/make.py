"""Builds a valid feature shard for Fixtures/edge-bundle/f32.mistedge (and int8 ones) and breaks one thing per file that the
runtime refuses. Python's standard library alone.

    python3 make.py
"""

import json
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = bytes(range(32)).hex()
N, T, C = 2, 5, 8
METADATA = {
    "mist.format": "feature-shard", "mist.version": "1", "mist.model": MODEL, "mist.tokens": str(T),
    "mist.channels": str(C), "mist.dtype": "f32", "mist.gather": "8,12", "mist.split": "test",
}


def tensors(k12=("F32", [N, T, C], None), label=("I32", [N], [0, 2]), **more):
    """Name to (dtype, shape, values); None draws a ramp."""
    result = {"k12": k12, "label": label}
    result.update({name.replace("_", "."): value for name, value in more.items()})
    return {name: value for name, value in result.items() if value}


LAYOUT = {"U8": "B", "U32": "I", "F32": "f", "F16": "e", "I8": "b", "I32": "i", "I64": "q", "F64": "d"}


def shard(entries, metadata=METADATA, edit=lambda header: header, text=lambda text: text, length=None):
    header, data = {"__metadata__": metadata}, b""
    for name, (dtype, shape, values) in entries.items():
        count = 1
        for size in shape:
            count *= size
        values = values if values is not None else [i % 17 - 8 for i in range(count)]
        part = struct.pack(f"<{len(values)}{LAYOUT[dtype]}", *values)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(part)]}
        data += part
    blob = text(json.dumps(edit(header), separators=(",", ":"))).encode("utf-8", "surrogateescape")
    blob += b" " * (-len(blob) % 8)
    return struct.pack("<Q", len(blob) if length is None else length) + blob + data


def save(name, data):
    with open(os.path.join(HERE, name + ".safetensors"), "wb") as file:
        file.write(data)


def without(key):
    return {k: v for k, v in METADATA.items() if k != key}


def entry(name, key, value):
    def edit(header):
        header[name][key] = value
        return header
    return edit


VALID = shard(tensors())
save("truncated", VALID[:5])
save("truncated-header", VALID[:100])
save("header-too-large", shard(tensors(), length=2**63))
save("bad-header", shard(tensors(), text=lambda t: t[:-1]))
save("header-not-utf8", shard(tensors(), text=lambda t: t.replace("test", "\udcff")))
save("leading-zero", shard(tensors(), text=lambda t: t.replace("[0,", "[00,")))
save("duplicate-tensor", shard(tensors(), text=lambda t: t.replace('"label"', '"k12"')))
save("duplicate-metadata", shard(tensors(), text=lambda t: t.replace("mist.split", "mist.model")))
save("duplicate-dtype", shard(tensors(), text=lambda t: t.replace('"dtype":"F32"', '"dtype":"F32","dtype":"F32"')))
save("not-a-shard", shard(tensors(), {}))
save("bad-version", shard(tensors(), {**METADATA, "mist.version": "9"}))
save("task-differs", shard(tensors(), {**METADATA, "mist.version": "2", "mist.task": "segmentation"}))
NAMED = {**METADATA, "mist.version": "3"}
save("named-missing-task", shard(tensors(), NAMED))
save("named-task-differs", shard(tensors(), {**NAMED, "mist.task": "segmentation"}))
save("missing-metadata", shard(tensors(), without("mist.gather")))
save("bad-gather-list", shard(tensors(), {**METADATA, "mist.gather": "8,,12"}))
save("unknown-precision", shard(tensors(), {**METADATA, "mist.precision": "fp8"}))
save("model-differs", shard(tensors(), {**METADATA, "mist.model": "0" * 64}))
save("tokens-differ", shard(tensors(), {**METADATA, "mist.tokens": "6"}))
save("channels-differ", shard(tensors(), {**METADATA, "mist.channels": "9"}))
save("gather-differs", shard(tensors(), {**METADATA, "mist.gather": "4,8"}))
save("missing-tensor", shard(tensors(k12=None)))
save("missing-scale", shard(tensors(k12=("I8", [N, T, C], None))))
save("unknown-type", shard(tensors(k12=("F64", [N, T, C], None))))
save("scale-type", shard(tensors(k12=("I8", [N, T, C], None), k12_scale=("F16", [N, T], [1.0] * N * T))))
save("label-type", shard(tensors(label=("F32", [N], None))))
save("bad-shape", shard(tensors(k12=("F32", [N, T * C], None))))
save("scale-shape", shard(tensors(k12=("I8", [N, T, C], None), k12_scale=("F32", [T, N], None))))
save("label-shape", shard(tensors(label=("I32", [N + 1], None))))
save("shape-overflow", shard(tensors(label=None), edit=entry("k12", "shape", [2**61, T, C])))
save("bad-offsets", shard(tensors(), edit=entry("k12", "data_offsets", [0, N * T * C * 4 + 4])))
save("data-truncated", VALID[:-4])
save("trailing-bytes", VALID + b"\0")
save("offsets-descending", shard(tensors(), edit=entry("k12", "data_offsets", [320, 0])))
save("not-finite", shard(tensors(k12=("F32", [N, T, C], [float("nan")] * (N * T * C)))))
save("half-not-finite", shard(tensors(k12=("F16", [N, T, C], [float("inf")] * (N * T * C)))))
save("scale-too-large", shard(tensors(k12=("I8", [N, T, C], None), k12_scale=("F32", [N, T], [3e37] * N * T))))
save("bad-scale", shard(tensors(k12=("I8", [N, T, C], None), k12_scale=("F32", [N, T], [-1.0] * N * T))))
save("bad-label", shard(tensors(label=("I64", [N], [0, 3]))))
OFFSET = {**NAMED, "mist.version": "4", "mist.task": "classification"}
SCALED = {"k12": ("I8", [N, T, C], None), "k12_scale": ("F32", [N, T], [0.25] * N * T)}
save("missing-offset", shard(tensors(**SCALED), OFFSET))
save("offset-type", shard(tensors(**SCALED, k12_offset=("F16", [N, T], [1.0] * N * T)), OFFSET))
save("offset-shape", shard(tensors(**SCALED, k12_offset=("F32", [T, N], None)), OFFSET))
save("bad-offset", shard(tensors(**SCALED, k12_offset=("F32", [N, T], [float("inf")] * N * T)), OFFSET))
save("checksum-type", shard(tensors(k12_crc32=("I32", [N], [0] * N))))
save("checksum-shape", shard(tensors(k12_crc32=("U32", [N, 1], [0] * N))))
save("checksum-differs", shard(tensors(k12_crc32=("U32", [N], [0x12345678] * N))))

# Maps, for Fixtures/edge-bundle/maps-f32.mistedge, which reads levels 1 and 3.
MAPS = {**without("mist.tokens"), "mist.version": "2", "mist.task": "segmentation", "mist.levels": "1:6x8x8,3:3x4x12",
        "mist.mask": "24x32"}
FINE, COARSE, MASK = ("F32", [1, 6, 8, 8], None), ("F32", [1, 3, 4, 12], None), ("U8", [1, 24, 32], [1] * 768)


def maps(k12_level1=FINE, k12_level3=COARSE, mask=MASK, k12_level1_scale=None):
    values = {"k12.level1": k12_level1, "k12.level3": k12_level3, "mask": mask, "k12.level1.scale": k12_level1_scale}
    return {name: value for name, value in values.items() if value}


def changed(key, value):
    return {k: v for k, v in {**MAPS, key: value}.items() if v is not None}


CODES, SCALES = ("I8", [1, 6, 8, 8], None), ("F32", [1, 6, 8], [1.0] * 48)
save("maps-task-differs", VALID)
save("maps-model-differs", shard(maps(), changed("mist.model", "0" * 64)))
save("maps-missing-task", shard(maps(), changed("mist.task", None)))
save("maps-missing-levels", shard(maps(), changed("mist.levels", None)))
save("maps-bad-levels", shard(maps(), changed("mist.levels", "1:6x8,3:3x4x12")))
save("maps-bad-mask-size", shard(maps(), changed("mist.mask", "24")))
save("maps-size-differs", shard(maps(), changed("mist.mask", "24x33")))
save("maps-gather-differs", shard(maps(), changed("mist.gather", "8")))
save("maps-level-not-stored", shard(maps(), changed("mist.levels", "1:6x8x8,2:3x4x12")))
save("maps-levels-differ", shard(maps(), changed("mist.levels", "1:6x8x8,3:3x4x13")))
save("maps-missing-tensor", shard(maps(k12_level3=None), MAPS))
save("maps-missing-scale", shard(maps(k12_level1=CODES), MAPS))
save("maps-unknown-type", shard(maps(k12_level1=("F64", [1, 6, 8, 8], None)), MAPS))
save("maps-scale-type", shard(maps(CODES, k12_level1_scale=("F16", [1, 6, 8], [1.0] * 48)), MAPS))
save("maps-mask-type", shard(maps(mask=("I8", [1, 24, 32], [1] * 768)), MAPS))
save("maps-bad-shape", shard(maps(k12_level1=("F32", [1, 48, 8], None)), MAPS))
save("maps-scale-shape", shard(maps(CODES, k12_level1_scale=("F32", [1, 8, 6], [1.0] * 48)), MAPS))
save("maps-mask-shape", shard(maps(mask=("U8", [1, 32, 24], [1] * 768)), MAPS))
save("maps-not-finite", shard(maps(("F32", [1, 6, 8, 8], [float("nan")] * 384)), MAPS))
save("maps-bad-scale", shard(maps(CODES, k12_level1_scale=("F32", [1, 6, 8], [-1.0] * 48)), MAPS))
save("maps-bad-mask", shard(maps(mask=("U8", [1, 24, 32], [3] * 768)), MAPS))
