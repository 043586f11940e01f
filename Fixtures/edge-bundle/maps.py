"""Heads on maps (segmentation) for make.py: sections, and golden logits by a plain implementation in double precision. Python's
standard library alone.
"""

import math
import random
import struct

INT8, F16, F32 = 2, 1, 0
MODEL = bytes(range(32))


def pack(kind, values):
    return struct.pack(f"<{len(values)}{kind}", *values)


def f32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def stored(parts, dtype):
    """The bytes of the weights and the parts as the reader will see them."""
    if dtype == F32:
        return b"".join(pack("f", p[2]) for p in parts), parts
    vectors, scales, elements, seen = b"", b"", b"", []
    for kind, rows, values in parts:
        if kind == "vector":
            vectors += pack("f", values)
            seen.append((kind, rows, values))
        elif dtype == F16:
            half = pack("e", values)
            elements += half
            seen.append((kind, rows, list(struct.unpack(f"<{len(values)}e", half))))
        else:
            width, back = len(values) // rows, []
            for row in range(rows):
                part = values[row * width:(row + 1) * width]
                scale = f32(max(abs(x) for x in part) / 127)
                quantised = [round(x / scale) for x in part]
                scales += pack("f", [scale])
                elements += pack("b", quantised)
                back += [f32(q * scale) for q in quantised]
            seen.append((kind, rows, back))
    return vectors + scales + elements, seen


class MapHead:
    """Shape and parameters, seeded. Levels are (number, height, width, channels, blocks, reduction), finest first."""

    def __init__(self, levels, output, image, classes=3, hidden=0, rank=0, input_norm=False, norm=True, seed=1):
        self.levels, self.output, self.image = levels, output, image
        self.classes, self.hidden, self.rank = classes, hidden, rank
        self.input_norm, self.norm, self.epsilon = input_norm, norm, f32(1e-6)
        draw = random.Random(seed)
        rows = hidden or classes

        def vector(n, centre):
            return ("vector", 1, [f32(centre + draw.uniform(-0.5, 0.5)) for _ in range(n)])

        def matrix(rows, columns):
            return ("matrix", rows, [f32(draw.uniform(-1, 1)) for _ in range(rows * columns)])

        self.parts = []
        for _, _, _, c, blocks, _ in levels:
            if input_norm:
                self.parts += [vector(c, 1), vector(c, 0)]
            for _ in range(blocks):
                self.parts += [vector(c, 1), vector(c, 0), matrix(3 * rank, c), matrix(c, rank)]
            if norm:
                self.parts += [vector(c, 1), vector(c, 0)]
            self.parts += [matrix(rows, c)]
        self.parts += [vector(rows, 0)]
        if hidden:
            self.parts += [matrix(classes, hidden), vector(classes, 0)]

    def count(self):
        return sum(len(p[2]) for p in self.parts)

    def stored(self, dtype):
        return stored(self.parts, dtype)

    def logits(self, maps, sizes, output, parts):
        """Logits of every position of `output`; maps[i] is a list of rows of length C, sizes[i] its height and width."""
        parts = [p[2] for p in parts]
        total = None
        for (_, _, _, _, blocks, reduction), x, (h, w) in zip(self.levels, maps, sizes):
            if self.input_norm:
                gain, bias = parts.pop(0), parts.pop(0)
                x = [self.normalised(row, gain, bias) for row in x]
            for _ in range(blocks):
                gain, bias, qkv, out = (parts.pop(0) for _ in range(4))
                x = self.block(x, h, w, reduction, gain, bias, qkv, out)
            if self.norm:
                gain, bias = parts.pop(0), parts.pop(0)
                x = [self.normalised(row, gain, bias) for row in x]
            product = parts.pop(0)
            z = resized([times(product, row) for row in x], h, w, *output)
            total = z if total is None else [[a + b for a, b in zip(p, q)] for p, q in zip(total, z)]
        bias = parts.pop(0)
        y = [[a + b for a, b in zip(row, bias)] for row in total]
        if self.hidden:
            classifier, bias = parts
            y = [[a + b for a, b in zip(times(classifier, [max(v, 0) for v in row]), bias)] for row in y]
        return y

    def normalised(self, row, gain, bias):
        mean = sum(row) / len(row)
        variance = sum((v - mean) ** 2 for v in row) / len(row)
        return [(v - mean) / math.sqrt(variance + self.epsilon) * g + b for v, g, b in zip(row, gain, bias)]

    def block(self, x, h, w, reduction, gain, bias, qkv, out):
        r = self.rank
        projected = [times(qkv, self.normalised(row, gain, bias)) for row in x]
        pooled = []
        for top in range(0, h, reduction):
            for left in range(0, w, reduction):
                window = [projected[i * w + j] for i in range(top, min(top + reduction, h))
                          for j in range(left, min(left + reduction, w))]
                pooled.append([sum(column) / len(window) for column in zip(*window)])
        new = []
        for row, p in zip(x, projected):
            scores = [sum(a * b for a, b in zip(p[:r], key[r:2 * r])) / math.sqrt(r) for key in pooled]
            top = max(scores)
            weights = [math.exp(s - top) for s in scores]
            o = [sum(v * key[2 * r + i] for v, key in zip(weights, pooled)) / sum(weights) for i in range(r)]
            new.append([a + b for a, b in zip(row, times(out, o))])
        return new


def times(w, row):
    n = len(row)
    return [sum(w[o * n + i] * row[i] for i in range(n)) for o in range(len(w) // n)]


def places(size, count):
    """Per output place two input places and the weight of the second: half-pixel centres, the border repeated."""
    result = []
    for i in range(size):
        p = max((i + 0.5) * count / size - 0.5, 0.0)
        first = min(int(p), count - 1)
        result.append((first, min(first + 1, count - 1), p - first))
    return result


def resized(rows, h, w, height, width):
    result = []
    for top, bottom, v in places(height, h):
        for left, right, u in places(width, w):
            corners = [rows[top * w + left], rows[top * w + right], rows[bottom * w + left], rows[bottom * w + right]]
            result.append([(a * (1 - u) + b * u) * (1 - v) + (c * (1 - u) + d * u) * v for a, b, c, d in zip(*corners)])
    return result


def section_head(h, kind=None, levels=None, flags=None):
    kind = (3 if h.hidden else 2) if kind is None else kind
    flags = int(h.input_norm) + 2 * int(h.norm) if flags is None else flags
    head = struct.pack("<4If4I28x", kind, len(h.levels) if levels is None else levels, h.rank, flags, h.epsilon,
                       h.classes, h.hidden, *h.output)
    return head + b"".join(struct.pack("<5I12x", *level[1:]) for level in h.levels)


def section_source(h, kind=0, depth=12, model=MODEL, levels=None):
    bits = sum(1 << (level[0] - 1) for level in h.levels) if levels is None else levels
    return struct.pack("<2I", kind, depth) + model + struct.pack("<3I12x", *h.image, bits)


def section_golden(h, dtype, parts, sizes, output, seed=2, tolerance=1e-4):
    """`parts` are the weights as the reader sees them; `sizes` and `output` those of the golden maps."""
    draw = random.Random(seed)
    maps, scales, data = [], b"", b""
    for level, (height, width) in zip(h.levels, sizes):
        rows = []
        for _ in range(height * width):
            row = [f32(draw.uniform(-3, 3)) for _ in range(level[3])]
            if dtype == F32:
                data += pack("f", row)
            elif dtype == F16:
                data += pack("e", row)
                row = list(struct.unpack(f"<{len(row)}e", pack("e", row)))
            else:
                scale = f32(max(map(abs, row)) / 127)
                codes = [round(x / scale) for x in row]
                scales += pack("f", [scale])
                data += pack("b", codes)
                row = [f32(q * scale) for q in codes]
            rows.append(row)
        maps.append(rows)
    grid = h.logits(maps, sizes, output, parts)
    count = min(8, len(grid))
    logits = [v for i in range(count) for v in grid[(2 * i + 1) * len(grid) // (2 * count)]]
    header = struct.pack("<5If8x", dtype, len(h.levels), *output, h.classes, tolerance)
    return header + b"".join(pack("I", s) for s in sizes) + pack("f", logits) + scales + data


def pyramid(**options):
    """Two levels of different sizes and reductions, with blocks on both; sizes that windows do not divide."""
    arguments = {"levels": [(1, 6, 8, 8, 1, 4), (3, 3, 4, 12, 2, 2)], "output": (6, 8), "image": (24, 32), "hidden": 5,
                 "rank": 2, "input_norm": True}
    return MapHead(**{**arguments, **options})
