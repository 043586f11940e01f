"""Writes small valid edge bundles (Formats/edge-bundle.md) with Python's standard library alone, and the golden logits with a
plain implementation of the head in double precision: an independent check of the reader, the expansion of f16 and int8 and
the low-rank form of the network.

    python3 make.py            writes f32.mistedge, f16.mistedge, int8.mistedge, mean.mistedge,
                               linear.mistedge, final.mistedge, attentive.mistedge, mlp.mistedge, dwconv.mistedge, last.mistedge,
                               lst.mistedge, partial-1.mistedge and, of heads on maps,
                               maps-f32.mistedge, maps-f16.mistedge, maps-int8.mistedge, and on layer tokens
                               layers.mistedge, layers-stages.mistedge, layers-attentive.mistedge here;
                               named.mistedge and maps-named.mistedge are of version 3
"""

import math
import os
import random
import struct
import sys
import zlib

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bodies  # noqa: E402
import layers  # noqa: E402
import maps  # noqa: E402
from maps import F16, F32, INT8, MODEL, f32, pack  # noqa: E402

MAGIC = b"MISTEDGE"
# Block functions other than attention.
MLP, DWCONV = 1, 2


class Head:
    """Shape and parameters, seeded."""

    def __init__(self, tokens=5, channels=8, classes=3, depth=2, rank=2, pooling=0, input_norm=False, seed=1,
                 queries=0, division=0, block=0, grid=(0, 0, 0)):
        self.tokens, self.channels, self.classes = tokens, channels, classes
        self.depth, self.rank, self.pooling, self.input_norm = depth, rank, pooling, input_norm
        self.queries, self.division = queries, division
        self.block, self.grid = block, grid
        self.epsilon = f32(1e-6)
        draw = random.Random(seed)
        c, r = channels, rank

        def vector(n, centre):
            return ("vector", 1, [f32(centre + draw.uniform(-0.5, 0.5)) for _ in range(n)])

        def matrix(rows, columns):
            return ("matrix", rows, [f32(draw.uniform(-1, 1)) for _ in range(rows * columns)])

        self.parts = []
        if input_norm:
            self.parts += [vector(c, 1), vector(c, 0)]
        for _ in range(depth):
            self.parts += [vector(c, 1), vector(c, 0)]
            if block == DWCONV:
                self.parts += [matrix(c, 9), vector(c, 0)]
            else:
                self.parts += [matrix(r if block == MLP else 3 * r, c), matrix(c, r)]
        self.parts += [vector(c, 1), vector(c, 0)]
        d = c
        if pooling == 2:
            d = c // division
            self.parts += [matrix(queries, c), matrix(d, c), vector(d, 1), vector(d, 0)]
        self.parts += [matrix(classes, d), vector(classes, 0)]

    def count(self):
        return sum(len(p[2]) for p in self.parts)

    def stored(self, dtype):
        return maps.stored(self.parts, dtype)

    def logits(self, x, parts):
        """The plain form: x is a list of rows."""
        parts = [p[2] for p in parts]
        c, r = self.channels, self.rank

        def norm(row, gain, bias):
            mean = sum(row) / len(row)
            variance = sum((v - mean) ** 2 for v in row) / len(row)
            return [(v - mean) / math.sqrt(variance + self.epsilon) * g + b for v, g, b in zip(row, gain, bias)]

        def times(w, row):
            return [sum(w[o * len(row) + i] * row[i] for i in range(len(row))) for o in range(len(w) // len(row))]

        if self.input_norm:
            gain, bias = parts.pop(0), parts.pop(0)
            x = [norm(row, gain, bias) for row in x]
        for _ in range(self.depth):
            gain, bias, qkv, out = (parts.pop(0) for _ in range(4))
            if self.block == DWCONV:
                x = self.convolution(x, [norm(row, gain, bias) for row in x], qkv, out)
                continue
            projected = [times(qkv, norm(row, gain, bias)) for row in x]
            if self.block == MLP:
                x = [[a + b for a, b in zip(row, times(out, [v * (1 + math.erf(v / math.sqrt(2))) / 2 for v in p]))]
                     for row, p in zip(x, projected)]
                continue
            new = []
            for t, row in enumerate(x):
                q = projected[t][:r]
                scores = [sum(a * b for a, b in zip(q, p[r:2 * r])) / math.sqrt(r) for p in projected]
                top = max(scores)
                weights = [math.exp(s - top) for s in scores]
                total = sum(weights)
                o = [sum(w * p[2 * r + i] for w, p in zip(weights, projected)) / total for i in range(r)]
                new.append([a + b for a, b in zip(row, times(out, o))])
            x = new
        gain, bias = parts.pop(0), parts.pop(0)
        if self.pooling == 2:
            return self.attentive([norm(row, gain, bias) for row in x], parts, norm, times)
        classifier, classifier_bias = parts
        if self.pooling == 0:
            pooled = norm(x[0], gain, bias)
        else:
            rows = [norm(row, gain, bias) for row in x]
            pooled = [sum(column) / len(rows) for column in zip(*rows)]
        return [a + b for a, b in zip(times(classifier, pooled), classifier_bias)]


    def convolution(self, x, y, kernels, bias):
        """3x3, depthwise, on the map behind the first tokens, zeros around it."""
        prefix, _, width = self.grid
        height = (len(x) - prefix) // width
        new = [list(row) for row in x]
        for i in range(height):
            for j in range(width):
                for c in range(self.channels):
                    total = bias[c]
                    for v in range(max(0, i - 1), min(height, i + 2)):
                        for u in range(max(0, j - 1), min(width, j + 2)):
                            total += kernels[c * 9 + 3 * (v - i + 1) + u - j + 1] * y[prefix + v * width + u][c]
                    new[prefix + i * width + j][c] += total
        return new

    def attentive(self, x, parts, norm, times):
        """Queries attend to the normalised tokens; each has its own rows of the values."""
        queries, values, gain, bias, classifier, classifier_bias = parts
        c, y = self.channels, []
        share = len(values) // self.queries
        for q in range(self.queries):
            scores = [sum(a * b for a, b in zip(queries[q * c:(q + 1) * c], row)) / math.sqrt(c) for row in x]
            weights = [math.exp(s - max(scores)) for s in scores]
            z = [sum(w * row[i] for w, row in zip(weights, x)) / sum(weights) for i in range(c)]
            y += times(values[q * share:(q + 1) * share], z)
        return [a + b for a, b in zip(times(classifier, norm(y, gain, bias)), classifier_bias)]


MLP_HEAD = Head(block=MLP, rank=3, pooling=1, input_norm=True)
DWCONV_HEAD = Head(block=DWCONV, rank=0, pooling=1, tokens=8, grid=(2, 2, 3))


def section_head(h, kind=None, levels=1, flags=None):
    kind = (4 if h.block else 1 if h.depth else 0) if kind is None else kind
    flags = int(h.input_norm) if flags is None else flags
    return struct.pack("<4IfI6I4I", kind, levels, h.pooling, flags, h.epsilon, h.classes,
                       h.queries, h.division, h.tokens, h.channels, h.depth,
                       h.rank if h.depth and h.block != DWCONV else 0, h.block, *h.grid)


def section_labels(labels):
    encoded = [x if isinstance(x, bytes) else x.encode() for x in labels]
    offsets = [sum(map(len, encoded[:i])) for i in range(len(encoded) + 1)]
    return struct.pack("<I", len(labels)) + pack("I", offsets) + b"".join(encoded)


def section_preprocessing(resize=0, height=224, width=224, crop=(0, 0), interpolation=0,
                          mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)):
    return struct.pack("<6I6f16x", resize, height, width, *crop, interpolation, *mean, *std)


def section_source(kind=0, depth=12, model=MODEL):
    return struct.pack("<2I", kind, depth) + model + bytes(24)


def section_weights(h, dtype, count=None, data=None):
    data = h.stored(dtype)[0] if data is None else data
    return struct.pack("<IIQ48x", dtype, 0, h.count() if count is None else count) + data


def section_golden(h, dtype, weights=F32, tokens=None, seed=2, label=1, tolerance=1e-4):
    draw = random.Random(seed)
    tokens = h.tokens if tokens is None else tokens
    rows = [[f32(draw.uniform(-3, 3)) for _ in range(h.channels)] for _ in range(tokens * getattr(h, "maps", 1))]
    flat = [x for row in rows for x in row]
    scales, seen = b"", rows
    if dtype == F32:
        data = pack("f", flat)
    elif dtype == F16:
        data = pack("e", flat)
        back = struct.unpack(f"<{len(flat)}e", data)
        seen = [list(back[i:i + h.channels]) for i in range(0, len(back), h.channels)]
    else:
        data, seen = b"", []
        for row in rows:
            scale = f32(max(map(abs, row)) / 127)
            quantised = [round(x / scale) for x in row]
            scales += pack("f", [scale])
            data += pack("b", quantised)
            seen.append([f32(q * scale) for q in quantised])
    logits = h.logits(seen, h.stored(weights)[1])
    header = struct.pack("<5If8x", dtype, tokens, h.channels, h.classes, label, tolerance)
    return header + pack("f", logits) + scales + data


def checksum(header_and_table):
    return zlib.crc32(header_and_table[32:], zlib.crc32(header_and_table[:28]))


def assemble(sections, version=1, minimum=1, patch_table=None, patch_header=None, padding=0, end=b""):
    """Sections are (id, critical, bytes). The patches change table rows or header before the checksum is taken."""
    position = 64 + 32 * len(sections)
    body, table = b"", []
    for name, critical, data in sections:
        gap = -position % 64
        body += bytes([padding]) * gap + data
        position += gap
        table.append([name, critical, position, len(data), zlib.crc32(data), 0])
        position += len(data)
    body += end
    if patch_table:
        patch_table(table)
    rows = b"".join(struct.pack("<4sIQQII", *row) for row in table)
    header = bytearray(MAGIC + struct.pack("<IIQII", version, minimum, position + len(end), len(sections), 0))
    header += bytes(32)
    if patch_header:
        patch_header(header)
    header[28:32] = struct.pack("<I", checksum(bytes(header) + rows))
    return bytes(header) + rows + body


def sections(h, dtype=F32, golden=INT8, **golden_options):
    return [
        (b"HEAD", 1, section_head(h)),
        (b"LABL", 1, section_labels(["cat", "köter", "zebra"][:h.classes])),
        (b"PREP", 1, section_preprocessing()),
        (b"SRCE", 1, section_source()),
        (b"WGHT", 1, section_weights(h, dtype)),
        (b"GOLD", 0, section_golden(h, golden, weights=dtype, **golden_options)),
        (b"PROV", 0, "written by make.py".encode()),
    ]


def map_sections(h, dtype=F32, golden=INT8, sizes=((4, 5), (2, 3)), output=(4, 5), gather=(0, 12)):
    return [
        (b"HEAD", 1, maps.section_head(h)),
        (b"LABL", 1, section_labels(["road", "köter", "sky"])),
        (b"PREP", 1, section_preprocessing(height=h.image[0], width=h.image[1])),
        (b"SRCE", 1, maps.section_source(h, *gather)),
        (b"WGHT", 1, section_weights(h, dtype)),
        (b"GOLD", 0, maps.section_golden(h, golden, h.stored(dtype)[1], sizes, output)),
        (b"PROV", 0, "written by make.py".encode()),
    ]


def layer_sections(h, dtype=F32):
    return named([
        (b"HEAD", 1, layers.section_head(h)),
        (b"LABL", 1, section_labels(["cat", "köter", "zebra"])),
        (b"PREP", 1, section_preprocessing()),
        (b"SRCE", 1, layers.section_source(h)),
        (b"WGHT", 1, section_weights(h, dtype)),
        (b"GOLD", 0, layers.section_golden(h, dtype)),
    ], b"classification")


def assemble_layers(sections, **options):
    return assemble(sections, **{"version": 4, "minimum": 4, **options})


def body_sections(h, source, golden=F32):
    """Those of a head of bodies.py."""
    return named([
        (b"HEAD", 1, bodies.section_head(h)),
        (b"LABL", 1, section_labels(["cat", "köter", "zebra"])),
        (b"PREP", 1, section_preprocessing()),
        (b"SRCE", 1, section_source(*source)),
        (b"WGHT", 1, section_weights(h, F32)),
        (b"GOLD", 0, section_golden(h, golden)),
        (b"PROV", 0, "written by make.py".encode()),
    ], b"classification")


def assemble_maps(sections, **options):
    return assemble(sections, **{"version": 2, "minimum": 2, **options})


def named(sections, task):
    """The sections of a bundle of version 3, which says its task."""
    return [sections[0], (b"TASK", 0, task)] + sections[1:]


def write(folder, name, data):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    write(here, "f32.mistedge", assemble(sections(Head(), F32, F32)))
    write(here, "f16.mistedge", assemble(sections(Head(input_norm=True), F16, F16)))
    write(here, "int8.mistedge", assemble(sections(Head(), INT8, INT8, tokens=4)))
    write(here, "mean.mistedge", assemble(sections(Head(pooling=1, input_norm=True), F32, INT8)))
    unknown = [(b"XTRA", 0, b"skip me")]
    write(here, "linear.mistedge", assemble(unknown + sections(Head(depth=0), F32, F32)))
    final = sections(Head(tokens=1, depth=0), F32, F32)
    final[3] = (b"SRCE", 1, section_source(kind=1, depth=0))
    write(here, "final.mistedge", assemble(final))
    write(here, "named.mistedge", assemble(named(sections(Head(), F32, F32), b"classification"), version=3))
    precise = named(sections(Head(), F32, F32), b"classification")
    write(here, "bf16-features.mistedge", assemble(precise[:5] + [(b"PREC", 0, b"bf16")] + precise[5:], version=5))
    attentive = sections(Head(pooling=2, queries=2, division=2, input_norm=True), F32, F32)
    write(here, "attentive.mistedge", assemble(named(attentive, b"classification"), version=3, minimum=3))
    for name, head in [("mlp", MLP_HEAD), ("dwconv", DWCONV_HEAD)]:
        write(here, name + ".mistedge", assemble(named(sections(head, F32, F32), b"classification"), version=4, minimum=4))
    concat = layers.ConcatHead()
    write(here, "layers.mistedge", assemble_layers(layer_sections(concat)))
    stages = layers.ConcatHead(((2, 4), (1, 8)), (1, 2, 5), (1, 3))
    write(here, "layers-stages.mistedge", assemble_layers(layer_sections(stages, INT8)))
    attentive = named(sections(Head(depth=0, tokens=6, pooling=2, queries=2, division=2), F32, F32), b"classification")
    attentive[4] = (b"SRCE", 1, layers.section_source(concat))
    write(here, "layers-attentive.mistedge", assemble_layers(attentive))
    for name, (head, source) in bodies.heads().items():
        write(here, name + ".mistedge", assemble(body_sections(head, source), version=4, minimum=4))
    pyramid = maps.pyramid()
    write(here, "maps-f32.mistedge", assemble_maps(map_sections(pyramid, F32, F32)))
    write(here, "maps-int8.mistedge", assemble_maps(map_sections(pyramid, INT8, INT8)))
    write(here, "maps-named.mistedge", assemble_maps(
        named(map_sections(pyramid, F32, F32), b"segmentation"), version=3))
    one = maps.MapHead([(1, 5, 7, 8, 0, 1)], (18, 25), (70, 98))
    write(here, "maps-f16.mistedge", assemble_maps(
        map_sections(one, F16, F16, [(4, 4)], (14, 14), gather=(1, 0))))
