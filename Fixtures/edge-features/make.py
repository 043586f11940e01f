"""Feature shards for the bundles of Fixtures/edge-bundle, written by the safetensors package (0.5 or later, with numpy).

    python3 make.py            writes f32.safetensors, f16.safetensors, int8.safetensors here
"""

import os

import numpy as np
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
N, T, C = 3, 5, 8

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
    save_file(tensors, os.path.join(HERE, dtype + ".safetensors"), metadata)
