"""Heads on layer tokens: every token, normalised without gain, one after another, and a linear classifier. `make.py` writes bundles of them."""

import math
import random
import struct

import maps
from maps import F32, MODEL, f32, pack


class ConcatHead:
    """`inputs`: (tokens, channels) of each input; `levels`: the numbers of the stages they are of, none of tokens without stages."""

    def __init__(self, inputs=((6, 8),), depths=(0, 2, 3), levels=(), classes=3, seed=5):
        self.inputs, self.depths, self.levels, self.classes = inputs, depths, levels, classes
        self.epsilon = f32(1e-6)
        draw = random.Random(seed)
        width = sum(t * c for t, c in inputs)
        self.parts = [("matrix", classes, [f32(draw.uniform(-1, 1)) for _ in range(classes * width)]),
                      ("vector", 1, [f32(draw.uniform(-0.5, 0.5)) for _ in range(classes)])]

    def count(self):
        return sum(len(p[2]) for p in self.parts)

    def stored(self, dtype):
        return maps.stored(self.parts, dtype)

    def logits(self, inputs, parts):
        flat = []
        for rows in inputs:
            for row in rows:
                mean = sum(row) / len(row)
                variance = sum((v - mean) ** 2 for v in row) / len(row)
                flat += [(v - mean) / math.sqrt(variance + self.epsilon) for v in row]
        weights, bias = (p[2] for p in parts)
        return [bias[k] + sum(a * b for a, b in zip(weights[k * len(flat):(k + 1) * len(flat)], flat))
                for k in range(self.classes)]


def section_head(h):
    head = struct.pack("<4IfI40x", 5, len(h.inputs), 3, 0, h.epsilon, h.classes)
    return head + b"".join(struct.pack("<2I24x", t, c) for t, c in h.inputs)


def section_source(h):
    levels = sum(1 << (level - 1) for level in h.levels)
    depths = sum(1 << depth for depth in h.depths)
    return struct.pack("<2I", 2, levels) + MODEL + depths.to_bytes(24, "little")


def section_golden(h, weights=F32, seed=7, label=2, tolerance=1e-4):
    draw = random.Random(seed)
    inputs = [[[f32(draw.uniform(-3, 3)) for _ in range(c)] for _ in range(t)] for t, c in h.inputs]
    logits = h.logits(inputs, h.stored(weights)[1])
    header = struct.pack("<5If8x", F32, *h.inputs[0], h.classes, label, tolerance)
    return header + pack("f", logits) + b"".join(pack("f", row) for rows in inputs for row in rows)
