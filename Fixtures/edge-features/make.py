"""Feature shards for the bundles of Fixtures/edge-bundle, written by the safetensors package (0.5 or later, with numpy).

    python3 make.py            writes f32.safetensors, f16.safetensors, int8.safetensors, bf16-features.safetensors (computed
                               in bf16), offset.safetensors (int8 with an offset per token), checksums.safetensors (the same
                               with a checksum per sample) and, with maps and masks,
                               maps-f32.safetensors, maps-f16.safetensors, maps-int8.safetensors here
"""

import json
import os
import struct
import zlib

import numpy as np
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
N, T, C = 3, 5, 8


def save(tensors, name, metadata):
    """The package's file with the metadata sorted, which it writes in an order of chance."""
    path = os.path.join(HERE, name + ".safetensors")
    save_file(tensors, path, metadata)
    with open(path, "rb") as file:
        data = file.read()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    with open(path, "wb") as file:
        file.write(data[:8] + text.ljust(length) + data[8 + length:])


n, t, c = np.meshgrid(np.arange(N), np.arange(T), np.arange(C), indexing="ij")
codes = (7 * n + 5 * t + 3 * c) % 16 - 8
k12 = (codes / 4).astype(np.float32)
common = {
    "label": np.array([2, 0, 1], dtype=np.int64),
    "index": np.arange(N, dtype=np.int64),
    "final": (np.arange(N * C).reshape(N, C) / 8).astype(np.float32),
}
for dtype in ["f32", "f16", "int8"]:
    metadata = {
        "mist.format": "feature-shard", "mist.version": "1", "mist.model": bytes(range(32)).hex(),
        "mist.gather": "8,12", "mist.final": "true", "mist.dtype": dtype, "mist.tokens": str(T),
        "mist.channels": str(C), "mist.classes": "3", "mist.split": "test", "note": "a \"quoted\" \\ note, ü\n",
    }
    tensors = dict(common)
    for name, values, stored in [("k8", -k12, -codes), ("k12", k12, codes)]:
        if dtype == "int8":
            tensors[name] = stored.astype(np.int8)
            tensors[name + ".scale"] = np.full((N, T), 0.25, dtype=np.float32)
        else:
            tensors[name] = values.astype(np.float32 if dtype == "f32" else np.float16)
    save(tensors, dtype, metadata)
    if dtype == "f32":
        save(tensors, "bf16-features", metadata | {"mist.precision": "bf16"})
    if dtype == "int8":
        # The same values: each token's codes moved by a step and more, and its offset by as much the other way.
        moved = dict(tensors)
        for name, stored in [("k8", -codes), ("k12", codes)]:
            step = (1 + n + t) % 5
            moved[name] = (stored + step).astype(np.int8)
            moved[name + ".offset"] = (-0.25 * step[:, :, 0]).astype(np.float32)
        metadata |= {"mist.version": "4", "mist.task": "classification"}
        save(moved, "offset", metadata)
        for name in ("k8", "k12"):
            moved[name + ".crc32"] = np.array([
                zlib.crc32(b"".join(moved[name + end][i].tobytes() for end in ("", ".scale", ".offset"))) for i in range(N)
            ], dtype=np.uint32)
        save(moved, "checksums", metadata)

# Maps of a pyramid; the bundles read levels 1 and 3.
LEVELS = [(1, 6, 8, 8), (2, 4, 5, 4), (3, 3, 4, 12)]
HEIGHT, WIDTH = 24, 32
mask = np.fromfunction(lambda n, y, x: (y // 5 + x // 7 + n) % 4, (N, HEIGHT, WIDTH), dtype=np.int64)
mask = np.where(mask == 3, 255, mask).astype(np.uint8)
for dtype in ["f32", "f16", "int8"]:
    metadata = {
        "mist.format": "feature-shard", "mist.version": "2", "mist.task": "segmentation",
        "mist.model": bytes(range(32)).hex(), "mist.gather": "8,12", "mist.final": "true", "mist.dtype": dtype,
        "mist.levels": ",".join(f"{l}:{h}x{w}x{c}" for l, h, w, c in LEVELS), "mist.mask": f"{HEIGHT}x{WIDTH}",
        "mist.classes": "3", "mist.split": "val",
    }
    tensors = {"index": np.arange(N, dtype=np.int64), "mask": mask, "view": np.zeros((N, 5), dtype=np.int32)}
    for prefix, sign in [("k8", -1), ("k12", 1), ("final", 3)]:
        for level, height, width, channels in LEVELS:
            n, y, x, c = np.meshgrid(*map(np.arange, (N, height, width, channels)), indexing="ij")
            codes = sign * ((7 * n + 5 * y + 2 * x + 3 * c + level) % 16 - 8)
            name = f"{prefix}.level{level}"
            if dtype == "int8":
                tensors[name] = codes.astype(np.int8)
                tensors[name + ".scale"] = np.full((N, height, width), 0.25, dtype=np.float32)
            else:
                tensors[name] = (codes / 4).astype(np.float32 if dtype == "f32" else np.float16)
    save(tensors, "maps-" + dtype, metadata)
