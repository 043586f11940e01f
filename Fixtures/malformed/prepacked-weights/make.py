#!/usr/bin/env python3
"""Files of packed weights that break one rule each (Formats/prepacked-weights.md). Standard library only.

  python3 make.py            writes the files beside this script
"""
import hashlib, json, os, shutil, struct

HERE = os.path.dirname(os.path.abspath(__file__))
COLUMNS, DEPTH = 5, 6
LAYOUT, PANEL, GROUP = "int8:64/16/4", 16, 4


def packed():
    """Panels, scales and sums of a product whose weights are (7 · column + depth) % 11 − 5."""
    weights = [[(7 * c + d) % 11 - 5 for d in range(DEPTH)] for c in range(COLUMNS)]
    scales = [max(map(abs, row)) / 127 for row in weights]
    steps = [[int(abs(x) / s + 0.5) * (1 if x >= 0 else -1) for x in row] for row, s in zip(weights, scales)]
    panels = bytearray()
    for group in range(0, DEPTH + -DEPTH % GROUP, GROUP):
        for c in range(PANEL):
            for d in range(group, group + GROUP):
                panels += struct.pack("b", steps[c][d] if c < COLUMNS and d < DEPTH else 0)
    panels += bytes(-len(panels) % 64)
    floats = lambda values: struct.pack(f"<{COLUMNS}f", *values)
    return bytes(panels), floats(scales), floats([s * sum(row) for s, row in zip(scales, steps)])


PANELS, SCALES, SUMS = packed()
PRODUCT = {"name": "head", "columns": COLUMNS, "depth": DEPTH, "layout": LAYOUT}
TENSORS = [
    ("head.panels", "U8", [len(PANELS)], PANELS), ("head.scales", "F32", [COLUMNS], SCALES),
    ("head.sums", "F32", [COLUMNS], SUMS)]


def content(tensors):
    digest = hashlib.sha256()
    for name, _, _, data in tensors:
        digest.update(name.encode() + b"\n" + data)
    return digest.hexdigest()


def write(name, tensors=TENSORS, shift=0, **changes):
    metadata = {
        "format": "prepacked-weights", "version": "1", "precision": "int8", "model": "ab" * 32, "content": content(tensors),
        "products": json.dumps([PRODUCT]), **changes}
    header, offset = {"__metadata__": {"mist." + k: v for k, v in metadata.items()}}, 0
    for key, dtype, shape, data in tensors:
        header[key] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 8) % 64 + shift)
    path = os.path.join(HERE, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path if "prepack" in os.path.basename(name) else path + ".safetensors", "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(data for *_, data in tensors))


def products(*changes):
    return json.dumps([{**PRODUCT, **change} for change in changes])


write("valid")
write("other-version", version="2")
write("other-precision", precision="int4")
write("short-hash", model="ab" * 31)
write("products-not-json", products="head")
write("no-products", products="[]")
write("product-twice", products=products({}, {}))
write("other-layout", products=products({"layout": "int8:64/24/4"}))
write("huge-panel", products=products({"layout": "int8:8192/16/4"}))
write("huge-depth", products=products({"depth": 1 << 62}))
write("no-sums", TENSORS[:2])
write("overlong", [("head.panels", "U8", [len(PANELS) + 64], PANELS + bytes(64)), *TENSORS[1:]])
write("other-tensor", [*TENSORS, ("tail.panels", "U8", [64], bytes(64))])
write("misaligned", shift=8)
write("damaged", content="cd" * 32)
write("other-model/model.safetensors.prepack-int8")
shutil.copy(os.path.join(HERE, "..", "canonical-checkpoint", "valid.safetensors"), os.path.join(HERE, "other-model", "model.safetensors"))
