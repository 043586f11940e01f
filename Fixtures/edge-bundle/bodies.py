"""Heads of LAST, LST and Partial-1 for `make.py`: shape, seeded parameters, HEAD section and golden logits, by a plain implementation
in double precision with the standard library alone."""
import math
import random
import struct

from maps import f32, stored

LAST, LST, PARTIAL_1 = 6, 7, 8


def times(w, row):
    """Rows of `w` [len(w) / len(row), len(row)] times `row`."""
    n = len(row)
    return [sum(a * b for a, b in zip(w[i:i + n], row)) for i in range(0, len(w), n)]


def plus(a, b):
    return [x + y for x, y in zip(a, b)]


def gelu(x):
    return x * 0.5 * (1 + math.erf(x / math.sqrt(2)))


def attention(q, k, v):
    """Rows of softmax(q kᵀ / √d) v."""
    out = []
    for row in q:
        scores = [sum(a * b for a, b in zip(row, key)) / math.sqrt(len(row)) for key in k]
        top = max(scores)
        weights = [math.exp(s - top) for s in scores]
        out.append([sum(w * r[i] for w, r in zip(weights, v)) / sum(weights) for i in range(len(row))])
    return out


class BodyHead:
    """`kind` on `maps` maps [tokens, channels]."""

    def __init__(self, kind, maps=1, width=0, heads=0, hidden=0, rank=0, scaled=False, tokens=5, channels=8, classes=3, seed=1):
        self.kind, self.maps, self.width, self.heads, self.hidden = kind, maps, width, heads, hidden
        self.rank, self.scaled, self.tokens, self.channels, self.classes = rank, scaled, tokens, channels, classes
        self.epsilon = f32(1e-6)
        self.parts, self.names = [], []
        draw = random.Random(seed)

        def vector(name, n, centre=0):
            self.names.append(name)
            self.parts.append(("vector", 1, [f32(centre + draw.uniform(-0.5, 0.5)) for _ in range(n)]))

        def matrix(name, rows, columns):
            self.names.append(name)
            self.parts.append(("matrix", rows, [f32(draw.uniform(-1, 1)) for _ in range(rows * columns)]))

        def norm(name, n):
            vector(name + "g", n, 1)
            vector(name + "b", n)

        def linear(name, rows, columns):
            matrix(name, rows, columns)
            vector(name + "b", rows)

        def block(name, w):
            norm(name + "n1", w)
            linear(name + "qkv", 3 * w, w)
            linear(name + "proj", w, w)
            if scaled:
                vector(name + "ls1", w, 1)
            norm(name + "n2", w)
            linear(name + "fc1", hidden, w)
            linear(name + "fc2", w, hidden)
            if scaled:
                vector(name + "ls2", w, 1)

        c = channels
        if kind == LAST:
            for i in range(maps):
                norm(f"{i}n", c)
                matrix(f"{i}qkv", 3 * rank, c)
                matrix(f"{i}out", c, rank)
        elif kind == LST:
            for i in range(maps):
                linear(f"{i}down", width, c)
            for i in range(1, maps):
                vector(f"{i}mix", 1)
                block(str(i), width)
        else:
            block("0", c)
        norm("n", width or c)
        if kind == LST:
            linear("up", c, width)
        linear("classifier", classes, c)

    def count(self):
        return sum(len(values) for _, _, values in self.parts)

    def stored(self, dtype):
        return stored(self.parts, dtype)

    def logits(self, x, parts):
        """Of the maps' rows one after another, and the parameters as stored."""
        p = {name: part[2] for name, part in zip(self.names, parts)}
        t = len(x) // self.maps
        maps = [x[i * t:(i + 1) * t] for i in range(self.maps)]

        def norm(row, name):
            mean = sum(row) / len(row)
            scale = 1 / math.sqrt(sum((v - mean) ** 2 for v in row) / len(row) + self.epsilon)
            return [(v - mean) * scale * g + b for v, g, b in zip(row, p[name + "g"], p[name + "b"])]

        def linear(row, name):
            return plus(times(p[name], row), p[name + "b"])

        def block(h, name):
            qkv = [linear(norm(row, name + "n1"), name + "qkv") for row in h]
            w = len(h[0])
            d = w // self.heads
            rows = [[] for _ in h]
            for i in range(0, w, d):
                q, k, v = ([row[j + i:j + i + d] for row in qkv] for j in (0, w, 2 * w))
                rows = [a + b for a, b in zip(rows, attention(q, k, v))]
            out = []
            for row, a in zip(h, rows):
                a = linear(a, name + "proj")
                row = plus(row, [s * v for s, v in zip(p.get(name + "ls1", [1] * w), a)])
                m = linear([gelu(v) for v in linear(norm(row, name + "n2"), name + "fc1")], name + "fc2")
                out.append(plus(row, [s * v for s, v in zip(p.get(name + "ls2", [1] * w), m)]))
            return out

        if self.kind == LAST:
            h = [[0] * self.channels for _ in range(t)]
            for i, rows in enumerate(maps):
                h = [plus(a, b) for a, b in zip(h, rows)]
                qkv = [times(p[f"{i}qkv"], norm(row, f"{i}n")) for row in h]
                q, k, v = ([row[j:j + self.rank] for row in qkv] for j in (0, self.rank, 2 * self.rank))
                h = [plus(row, times(p[f"{i}out"], o)) for row, o in zip(h, attention(q, k, v))]
        elif self.kind == LST:
            h = [linear(row, "0down") for row in maps[0]]
            for i in range(1, self.maps):
                share = 1 / (1 + math.exp(-p[f"{i}mix"][0]))
                down = [linear(row, f"{i}down") for row in maps[i]]
                h = block([[share * a + (1 - share) * b for a, b in zip(x, y)] for x, y in zip(h, down)], str(i))
        else:
            h = block(maps[0], "0")
        vector = norm(h[0], "n")
        if self.kind == LST:
            vector = linear(vector, "up")
        return linear(vector, "classifier")


def section_head(h, **changes):
    fields = dict(kind=h.kind, maps=h.maps, pooling=0, flags=int(h.scaled), epsilon=h.epsilon, classes=h.classes, heads=h.heads,
                  hidden=h.hidden, tokens=h.tokens, channels=h.channels, width=h.width, rank=h.rank, reserved=0)
    fields.update(changes)
    return struct.pack("<4If7II12x", *fields.values())


def heads():
    """A small one of each kind, and the kind and number of its SRCE section."""
    return {
        "last": (BodyHead(LAST, maps=3, rank=2), (4, 2)),
        "lst": (BodyHead(LST, maps=3, width=4, heads=2, hidden=6), (4, 1)),
        "partial-1": (BodyHead(PARTIAL_1, heads=2, hidden=12, scaled=True), (3, 11)),
    }
