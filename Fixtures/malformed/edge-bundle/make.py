"""Builds a valid edge bundle and breaks one rule of Formats/edge-bundle.md per file. Python's standard library alone.

    python3 make.py
"""

import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "edge-bundle"))
sys.dont_write_bytecode = True
import make as m  # noqa: E402

HEAD = m.Head()
VALID = m.assemble(m.sections(HEAD))
INFINITY = struct.pack("<f", float("inf"))


def save(name, data):
    assert data != VALID, name
    m.write(HERE, name + ".mistedge", data)


def replaced(name, data, sections=None):
    """The valid bundle with one section's bytes replaced, its checksum recomputed."""
    sections = sections or m.sections(HEAD)
    assert any(s[0] == name for s in sections)
    return m.assemble([(n, c, data if n == name else d) for n, c, d in sections])


def section(name, sections=None):
    return next(d for n, _, d in (sections or m.sections(HEAD)) if n == name)


def patched(name, offset, new, sections=None):
    data = section(name, sections)
    offset %= len(data)
    return replaced(name, data[:offset] + new + data[offset + len(new):], sections)


def u32(name, offset, value, sections=None):
    return patched(name, offset, struct.pack("<I", value), sections)


def f32(name, offset, value, sections=None):
    return patched(name, offset, struct.pack("<f", value), sections)


def row(index, column, change):
    def patch(table):
        table[index][column] = change(table[index][column])
    return m.assemble(m.sections(HEAD), patch_table=patch)


def header(offset, layout, value):
    return m.assemble(m.sections(HEAD), patch_header=lambda h: struct.pack_into(layout, h, offset, value))


# Container.
save("bad-magic", b"\x7fELF" + VALID[4:])
save("truncated-header", VALID[:40])
save("truncated", VALID[:-7])
save("reader-too-old", m.assemble(m.sections(HEAD), version=9, minimum=9))
save("bad-version", m.assemble(m.sections(HEAD), version=1, minimum=0))
save("trailing-bytes", VALID + b"\0")
save("trailing-section-bytes", m.assemble(m.sections(HEAD), end=b"\0\0\0"))
save("bad-section-count", header(24, "<I", 65))
save("table-out-of-bounds", m.assemble([], patch_header=lambda h: struct.pack_into("<I", h, 24, 2)))
save("header-checksum", VALID[:28] + bytes([VALID[28] ^ 1]) + VALID[29:])
save("reserved-header", header(40, "<B", 1))
save("reserved-row", row(2, 5, lambda _: 7))
save("unknown-flag", row(1, 1, lambda _: 3))
save("misaligned-section", row(1, 2, lambda offset: offset + 4))
save("section-out-of-bounds", row(6, 3, lambda length: length + 1))
save("section-overflow", row(6, 3, lambda _: 2**64 - 64))
save("section-overlap", row(2, 2, lambda offset: offset - 64))
save("section-gap", row(1, 2, lambda offset: offset + 64))
save("padding-not-zero", m.assemble(m.sections(HEAD), padding=1))
save("duplicate-section", m.assemble(m.sections(HEAD) + [m.sections(HEAD)[2]]))
save("section-checksum", VALID[:-1] + bytes([VALID[-1] ^ 1]))
save("unknown-critical-section", m.assemble(m.sections(HEAD) + [(b"NEXT", 1, b"?")]))
for i, name in enumerate(["head", "labels", "preprocessing", "source", "weights"]):
    save("missing-" + name, m.assemble([s for j, s in enumerate(m.sections(HEAD)) if i != j]))

# HEAD.
save("head-size", replaced(b"HEAD", section(b"HEAD") + bytes(32)))
save("unknown-head-kind", u32(b"HEAD", 0, 9))
save("bad-level-count", u32(b"HEAD", 4, 2))
save("unknown-pooling", u32(b"HEAD", 8, 3))
save("pooling-numbers", u32(b"HEAD", 24, 4))
save("unknown-head-flag", u32(b"HEAD", 12, 2))
save("bad-epsilon", f32(b"HEAD", 16, float("nan")))
save("no-classes", u32(b"HEAD", 20, 0))
save("too-many-tokens", u32(b"HEAD", 32, 2**32 - 1))
save("no-channels", u32(b"HEAD", 36, 0))
save("too-deep", u32(b"HEAD", 40, 65))
save("rank-too-large", u32(b"HEAD", 44, 1025))
save("linear-with-blocks", u32(b"HEAD", 0, 0))
save("lae-without-rank", u32(b"HEAD", 44, 0))
save("head-too-large", u32(b"HEAD", 32, 2**16))
save("reserved-head", u32(b"HEAD", 60, 1))

# LABL.
labels = section(b"LABL")
save("labels-size", replaced(b"LABL", labels[:12]))
save("label-count", replaced(b"LABL", m.section_labels(["cat", "dog"])))
save("label-bounds", u32(b"LABL", 8, 200))
save("label-end", replaced(b"LABL", labels + b"x"))
save("empty-label", replaced(b"LABL", m.section_labels(["cat", "", "zebra"])))
save("label-not-utf8", replaced(b"LABL", m.section_labels(["cat", b"\xed\xa0\x80", "zebra"])))
save("label-control-character", replaced(b"LABL", m.section_labels(["cat", "two\nlines", "zebra"])))

# PREP.
save("preprocessing-size", replaced(b"PREP", section(b"PREP")[:-4]))
save("unknown-resize", u32(b"PREP", 0, 2))
save("bad-image-size", u32(b"PREP", 4, 0))
save("bad-shortest-edge", u32(b"PREP", 0, 1))
save("bad-crop", u32(b"PREP", 12, 224))
save("crop-too-large", replaced(b"PREP", m.section_preprocessing(crop=(225, 224))))
save("unknown-interpolation", u32(b"PREP", 20, 2))
save("bad-mean", f32(b"PREP", 24, float("inf")))
save("bad-deviation", f32(b"PREP", 44, 0.0))
save("unknown-orientation", u32(b"PREP", 48, 2))
save("reserved-preprocessing", u32(b"PREP", 60, 1))

# SRCE.
save("source-size", replaced(b"SRCE", section(b"SRCE")[:40]))
save("unknown-gather", u32(b"SRCE", 0, 99))
save("bad-gather-depth", u32(b"SRCE", 4, 0))
save("bad-final-shape", replaced(b"SRCE", m.section_source(kind=1, depth=0)))
save("reserved-source", u32(b"SRCE", 60, 1))

# WGHT.
quantised = m.sections(HEAD, m.INT8)
vectors = sum(len(v) for kind, _, v in HEAD.parts if kind == "vector")
save("weights-size", replaced(b"WGHT", section(b"WGHT")[:20]))
save("unknown-weight-type", u32(b"WGHT", 0, 3))
save("weight-count", u32(b"WGHT", 8, HEAD.count() - 1))
save("weight-size", replaced(b"WGHT", section(b"WGHT")[:-4]))
save("weight-not-finite", patched(b"WGHT", -4, INFINITY))
save("vector-not-finite", patched(b"WGHT", 64, INFINITY, quantised))
save("half-not-finite", patched(b"WGHT", -2, b"\x00\x7e", m.sections(HEAD, m.F16)))
save("bad-scale", f32(b"WGHT", 64 + 4 * vectors, -1.0, quantised))
save("reserved-weights", u32(b"WGHT", 60, 1))

# GOLD.
golden = section(b"GOLD")
save("golden-header", replaced(b"GOLD", golden[:24]))
save("unknown-golden-type", u32(b"GOLD", 0, 3))
save("golden-tokens", u32(b"GOLD", 4, HEAD.tokens + 1))
save("golden-channels", u32(b"GOLD", 8, HEAD.channels + 1))
save("golden-classes", u32(b"GOLD", 12, HEAD.classes - 1))
save("golden-label", u32(b"GOLD", 16, HEAD.classes))
save("bad-tolerance", f32(b"GOLD", 20, 0.0))
save("reserved-golden", u32(b"GOLD", 28, 1))
save("golden-size", replaced(b"GOLD", golden + b"\0"))
save("golden-not-finite", patched(b"GOLD", 32, INFINITY))
save("golden-scale", f32(b"GOLD", 32 + 4 * HEAD.classes, -1.0))

# PROV.
save("provenance-not-utf8", replaced(b"PROV", b"\xff"))
save("provenance-control-character", replaced(b"PROV", b"\x1b[2J"))

# Heads on maps.
MAPS = m.maps.pyramid()
VALID = m.assemble_maps(m.map_sections(MAPS))


def maps(name, data):
    """The valid bundle of a head on maps with one section's bytes replaced."""
    return m.assemble_maps([(n, c, data if n == name else d) for n, c, d in m.map_sections(MAPS)])


def maps_u32(name, offset, *values):
    data = bytearray(section(name, m.map_sections(MAPS)))
    for i, value in enumerate(values):
        struct.pack_into("<I", data, offset + 4 * i, value)
    return maps(name, bytes(data))


# Heads on layer tokens.
LAYERS = m.layers.ConcatHead(((2, 4), (1, 8)), (1, 2, 5), (1, 3))


def layers(name, offset, *values, **options):
    """The valid bundle of a head on layer tokens of two stages with numbers of one section replaced."""
    sections = m.layer_sections(LAYERS)
    data = bytearray(section(name, sections))
    for i, value in enumerate(values):
        struct.pack_into("<I", data, offset + 4 * i, value)
    return m.assemble_layers([(n, c, bytes(data) if n == name else d) for n, c, d in sections], **options)


save("layers-inputs", layers(b"HEAD", 4, 17))
save("layers-head-size", layers(b"HEAD", 4, 3))
save("layers-pooling", layers(b"HEAD", 8, 1))
save("layers-flags", layers(b"HEAD", 12, 1))
save("layers-tokens", layers(b"HEAD", 64, 0))
save("layers-channels", layers(b"HEAD", 68, 2**14 + 1))
save("layers-too-large", layers(b"HEAD", 64, 2**16, 2**14))
save("layers-reserved-head", layers(b"HEAD", 64 + 28, 1))
save("layers-version", m.assemble(m.layer_sections(LAYERS), version=4, minimum=3))
save("layers-depths", layers(b"SRCE", 40, 0b10))
save("layers-levels", layers(b"SRCE", 4, 0b111))
save("layers-golden", layers(b"GOLD", 4, 1))
save("pooling-concat", u32(b"HEAD", 8, 3))
save("layers-source-version", m.assemble(
    [(n, c, m.layers.section_source(m.layers.ConcatHead(depths=range(HEAD.tokens))) if n == b"SRCE" else d)
     for n, c, d in m.sections(HEAD)]))
save("ladder-inputs", m.assemble_layers(
    [(n, c, m.section_source(kind=0, depth=12) if n == b"SRCE" else d) for n, c, d in m.layer_sections(LAYERS)]))
save("ladder-step", m.assemble_layers(
    [(n, c, m.section_source(kind=4, depth=0) if n == b"SRCE" else d) for n, c, d in m.layer_sections(LAYERS)]))

# An attentive readout.
ATTENTIVE = m.named(m.sections(m.Head(pooling=2, queries=2, division=2)), b"classification")


def attentive(sections, minimum=3):
    return m.assemble(sections, version=3, minimum=minimum)


save("attentive-version", attentive(ATTENTIVE, minimum=2))
save("attentive-no-queries", attentive(
    [(n, c, d[:24] + bytes(8) + d[32:] if n == b"HEAD" else d) for n, c, d in ATTENTIVE]))
save("attentive-queries", attentive(
    [(n, c, d[:24] + struct.pack("<I", 3) + d[28:] if n == b"HEAD" else d) for n, c, d in ATTENTIVE]))

# Blocks of another function than attention.
MLP = m.named(m.sections(m.MLP_HEAD), b"classification")
DWCONV = m.named(m.sections(m.DWCONV_HEAD), b"classification")


def blocks(sections, offset=None, value=0, name=b"HEAD", minimum=4):
    if offset is not None:
        sections = [(n, c, d[:offset] + struct.pack("<I", value) + d[offset + 4:] if n == name else d)
                    for n, c, d in sections]
    return m.assemble(sections, version=4, minimum=minimum)


save("blocks-version", blocks(MLP, minimum=3))
save("blocks-function", blocks(MLP, 48, 0))
save("blocks-none", blocks(MLP, 40, 0))
save("blocks-mlp-rank", blocks(MLP, 44, 0))
save("blocks-mlp-map", blocks(MLP, 56, 1))
save("blocks-dwconv-rank", blocks(DWCONV, 44, 1))
save("blocks-dwconv-map", blocks(DWCONV, 60, 4))
save("blocks-dwconv-side", blocks(DWCONV, 56, 0))
save("blocks-dwconv-pooling", blocks(DWCONV, 8, 0))
BODIES = m.bodies.heads()


def body(name, minimum=4, source=None, golden=None, **changes):
    """A head of bodies.py with another HEAD, SRCE or number of golden tokens."""
    head, own = BODIES[name]
    parts = m.body_sections(head, source or own)
    parts[0] = (b"HEAD", 1, m.bodies.section_head(head, **changes))
    if golden:
        place = next(i for i, part in enumerate(parts) if part[0] == b"GOLD")
        parts[place] = (b"GOLD", 0, m.section_golden(head, m.F32, tokens=golden))
    return m.assemble(parts, version=4, minimum=minimum)


save("bodies-reserved", m.assemble(
    [(n, c, d[:60] + b"\1" + d[61:] if n == b"HEAD" else d) for n, c, d in m.body_sections(*BODIES["last"])], version=4,
    minimum=4))
save("bodies-version", body("last", minimum=3))
save("bodies-one-map", body("last", maps=1))
save("bodies-many-maps", body("lst", maps=66))
save("bodies-partial-maps", body("partial-1", maps=2))
save("bodies-pooling", body("last", pooling=1))
save("bodies-flag", body("lst", flags=1))
save("bodies-epsilon", body("lst", epsilon=0))
save("bodies-no-rank", body("last", rank=0))
save("bodies-rank", body("lst", rank=2))
save("bodies-width", body("partial-1", width=8))
save("bodies-heads", body("lst", heads=3))
save("bodies-last-heads", body("last", heads=1))
save("bodies-hidden", body("partial-1", hidden=0))
save("bodies-too-large", body("partial-1", channels=16384, hidden=65536))
save("bodies-source", body("partial-1", source=(4, 1)))
save("bodies-ladder-source", body("last", source=(0, 12)))
save("bodies-golden", body("lst", golden=6))
save("blocks-dwconv-golden", blocks(DWCONV, 4, 6, name=b"GOLD"))
save("lae-function", m.assemble([(n, c, d[:48] + struct.pack("<I", 1) + d[52:] if n == b"HEAD" else d)
                                 for n, c, d in m.sections(HEAD)]))

# The task by name.
save("missing-task", m.assemble(m.sections(HEAD), version=3))
save("unknown-task", m.assemble(m.named(m.sections(HEAD), b"regression"), version=3))
save("unknown-precision", m.assemble(
    m.named(m.sections(HEAD), b"classification") + [(b"PREC", 0, b"fp8")], version=5))
save("task-differs", m.assemble(m.named(m.sections(HEAD), b"segmentation"), version=3))

head = section(b"HEAD", m.map_sections(MAPS))
save("maps-version", m.assemble_maps(m.map_sections(MAPS), minimum=1))
save("maps-level-count", maps_u32(b"HEAD", 4, 17))
save("maps-head-size", maps(b"HEAD", head[:-4]))
save("maps-head-flag", maps_u32(b"HEAD", 12, 4))
save("maps-epsilon", maps_u32(b"HEAD", 16, 0))
save("maps-classes", maps_u32(b"HEAD", 20, 256))
save("maps-mlp-without-width", maps_u32(b"HEAD", 24, 0))
save("maps-linear-with-width", maps_u32(b"HEAD", 0, 2))
save("maps-rank-too-large", maps_u32(b"HEAD", 8, 1025))
save("maps-blocks-without-rank", maps_u32(b"HEAD", 8, 0))
save("maps-output-size", maps_u32(b"HEAD", 32, 0))
save("maps-level-height", maps_u32(b"HEAD", 64, 2**14 + 1))
save("maps-no-channels", maps_u32(b"HEAD", 96 + 8, 0))
save("maps-too-deep", maps_u32(b"HEAD", 64 + 12, 65))
save("maps-reduction", maps_u32(b"HEAD", 64 + 16, 0))
save("maps-too-large", maps_u32(b"HEAD", 64, 2**14, 2**14, 2**14))
save("maps-reserved-head", maps_u32(b"HEAD", 60, 1))
save("maps-reserved-level", maps_u32(b"HEAD", 64 + 28, 1))
save("maps-input-size", maps_u32(b"SRCE", 44, 0))
save("maps-feature-levels", maps_u32(b"SRCE", 48, 0b111))
save("maps-reserved-source", maps_u32(b"SRCE", 60, 1))

golden = section(b"GOLD", m.map_sections(MAPS))
save("maps-golden-header", maps(b"GOLD", golden[:40]))
save("maps-golden-type", maps_u32(b"GOLD", 0, 3))
save("maps-golden-levels", maps_u32(b"GOLD", 4, 3))
save("maps-golden-classes", maps_u32(b"GOLD", 16, 2))
save("maps-golden-output", maps_u32(b"GOLD", 8, 7))
save("maps-golden-sizes", maps_u32(b"GOLD", 32, 7))
save("maps-golden-tolerance", maps_u32(b"GOLD", 20, 0))
save("maps-golden-length", maps(b"GOLD", golden + b"\0"))
save("maps-golden-not-finite", maps(b"GOLD", golden[:48] + INFINITY + golden[52:]))
save("maps-golden-scale", maps(b"GOLD", golden[:48 + 8 * 12] + struct.pack("<f", -1.0) + golden[52 + 8 * 12:]))
save("maps-reserved-golden", maps_u32(b"GOLD", 28, 1))
