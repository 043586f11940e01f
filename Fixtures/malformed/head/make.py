#!/usr/bin/env python3
"""Malformed heads, one per rule of Formats/head.md, each derived from one small valid head. Standard library only."""
import copy
import json
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
C, K, R, DEPTH = 8, 3, 2, 1

DESCRIPTION = {
    "classes": ["ant", "bee", "cat"],
    "feature": 4,
    "featureDType": "f16",
    "model": {"hash": "0123456789abcdef" * 4, "source": "model.safetensors"},
    "network": {"channels": C, "depth": DEPTH, "epsilon": 1e-6, "inputNorm": False, "pooling": "cls", "rank": R, "tokens": 5},
    "preprocessing": {
        "interpolation": "bilinear", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5],
        "resize": {"exact": [28, 28]}},
}


def tensors():
    shapes = {"blocks.0.norm.weight": [C], "blocks.0.norm.bias": [C], "blocks.0.qkv.weight": [3 * R, C],
              "blocks.0.out.weight": [C, R], "norm.weight": [C], "norm.bias": [C], "classifier.weight": [K, C],
              "classifier.bias": [K]}
    out = {}
    for name, shape in shapes.items():
        count = 1
        for d in shape:
            count *= d
        values = [1.0 if name.endswith("norm.weight") else (i % 7 - 3) / 16 for i in range(count)]
        out[name] = ["F32", shape, struct.pack(f"<{count}f", *values)]
    return out


def write(name, metadata, parts):
    header, offset = {"__metadata__": metadata}, 0
    for key, (dtype, shape, data) in parts.items():
        header[key] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(HERE, name + ".safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(p[2] for p in parts.values()))


def case(name, change=lambda d: None, *, parts=None, meta=None, raw=None):
    d = copy.deepcopy(DESCRIPTION)
    change(d)
    metadata = {"format": "mist-head", "version": "1", "head": json.dumps(d) if raw is None else raw}
    metadata.update(meta or {})
    write(name, metadata, parts if parts is not None else tensors())


def put(*path, value):
    def change(d):
        for key in path[:-1]:
            d = d[key]
        d[path[-1]] = value
    return change


NAMED = {"version": "3", "task": "classification"}

case("valid")
case("valid-named-task", meta=NAMED)
case("unsupported-version", meta={"version": "9", "task": "classification"})
case("unknown-task", meta={"version": "3", "task": "regression"})
case("unknown-network-field", put("network", "function", value="mlp"), meta=NAMED)
case("unknown-network-field-1", put("network", "function", value="mlp"))
case("unknown-precision", put("featurePrecision", value="fp8"), meta=NAMED)
case("block", put("network", "block", value="conv"), meta=NAMED)
case("block-without-blocks", lambda d: d["network"].update(block="mlp", depth=0), meta=NAMED)
DWCONV = {"block": "dwconv", "prefix": 1, "height": 2, "width": 2, "pooling": "mean"}


def dwconv(**changes):
    def change(d):
        del d["network"]["rank"]
        d["network"].update(DWCONV, **changes)
    return change


case("dwconv-pooling", dwconv(pooling="cls"), meta=NAMED)
case("dwconv-map", dwconv(width=3), meta=NAMED)
case("dwconv-prefix", dwconv(prefix=-1, width=3), meta=NAMED)
case("dwconv-height", dwconv(prefix=5, height=0), meta=NAMED)
case("dwconv-width", dwconv(height=1, width=1 << 40), meta=NAMED)
# Networks of other methods.
METHODS = {
    "last": {"method": "last", "maps": 3, "rank": 2},
    "lst": {"method": "lst", "maps": 3, "width": 4, "heads": 2, "hidden": 16},
    "partial-1": {"method": "partial-1", "heads": 2, "hidden": 12, "layerScale": True},
}
FEATURES = {"last": "ladder2", "lst": "ladder", "partial-1": "F11"}


def method(name, feature=None, **changes):
    def change(d):
        d["network"] = {"channels": C, "epsilon": 1e-6, "tokens": 5, **METHODS[name], **changes}
        d["feature"] = feature or FEATURES[name]
    return change


case("method", method("last", method="first"), meta=NAMED)
case("method-field", method("last", heads=2), meta=NAMED)
case("method-tokens", method("last", tokens=0), meta=NAMED)
case("method-channels", method("last", channels=1 << 40), meta=NAMED)
case("method-maps", method("last", maps=1), meta=NAMED)
case("method-rank", method("last", rank=0), meta=NAMED)
case("method-width", method("lst", width=0), meta=NAMED)
case("method-heads", method("lst", heads=3), meta=NAMED)
case("method-hidden", method("partial-1", hidden=1 << 20), meta=NAMED)
case("method-epsilon", method("partial-1", epsilon=0), meta=NAMED)
case("method-feature", method("lst", feature="F3"), meta=NAMED)
case("method-feature-depth", method("partial-1", feature="F2000"), meta=NAMED)
case("queries", lambda d: d["network"].update(pooling="attentive", queries=3, division=1), meta=NAMED)
case("unknown-field", put("temperature", value=2), meta=NAMED)
case("description-not-json", raw="{")
case("description-missing-field", lambda d: d.pop("classes"))
case("description-wrong-type", put("network", "rank", value="two"))
case("zero-tokens", put("network", "tokens", value=0))
case("huge-channels", put("network", "channels", value=1 << 40))
case("negative-depth", put("network", "depth", value=-1))
case("zero-rank", put("network", "rank", value=0))
case("zero-epsilon", put("network", "epsilon", value=0))
case("no-classes", put("classes", value=[]))
case("duplicate-classes", put("classes", value=["ant", "bee", "ant"]))
case("gather-zero", put("feature", value=0))
case("final-with-tokens", put("feature", value="final"))
case("model-hash", put("model", "hash", value="xyz"))
case("negative-resize", put("preprocessing", "resize", value={"exact": [-1, 28]}))
case("zero-std", put("preprocessing", "std", value=[0.5, 0, 0.5]))
p = tensors(); del p["blocks.0.out.weight"]; case("missing-tensor", parts=p)
p = tensors(); p["blocks.1.norm.bias"] = p["norm.bias"]; case("unknown-tensor", parts=p)
p = tensors(); p["norm.bias"] = ["I32", [C], bytes(4 * C)]; case("tensor-dtype", parts=p)
p = tensors(); p["blocks.0.qkv.weight"][1] = [C, 3 * R]; case("tensor-shape", parts=p)
p = tensors(); p["classifier.bias"][2] = struct.pack("<3f", 0, float("nan"), 0); case("not-finite", parts=p)


# Heads on layer tokens.
def layer_tensors(width):
    values = [(i % 7 - 3) / 16 for i in range(K * width)]
    return {"classifier.weight": ["F32", [K, width], struct.pack(f"<{K * width}f", *values)],
            "classifier.bias": ["F32", [K], struct.pack(f"<{K}f", *[0.25] * K)]}


def layers(**changes):
    """The valid head on two depths of layer tokens with other values; None takes a field away."""
    def change(d):
        d.update(feature="layers", layers=[0, 2])
        d["network"] = {"channels": C, "depth": 0, "epsilon": 1e-6, "inputNorm": False, "pooling": "concat", "rank": R,
                        "tokens": 4}
        for key, value in changes.items():
            target = d["network"] if key in ("pooling", "inputNorm", "tokens", "stages") else d
            target[key] = value
            if value is None:
                del target[key]
        if "stages" in changes:
            del d["network"]["tokens"], d["network"]["channels"]
    return change


STAGES = [{"level": 1, "tokens": 1, "channels": 4}, {"level": 3, "tokens": 1, "channels": 8}]
case("valid-layers", layers(), meta=NAMED, parts=layer_tensors(4 * C))
case("valid-layers-stages", layers(stages=STAGES), meta=NAMED, parts=layer_tensors(12))
case("layers-none", layers(layers=None), meta=NAMED, parts=layer_tensors(4 * C))
case("layers-descending", layers(layers=[2, 0]), meta=NAMED, parts=layer_tensors(4 * C))
case("layers-count", layers(layers=[0, 1, 2]), meta=NAMED, parts=layer_tensors(4 * C))
case("layers-of-gather", put("layers", value=[0, 2]), meta=NAMED)
case("layers-input-norm", layers(inputNorm=True), meta=NAMED, parts=layer_tensors(4 * C))
case("layers-stages", layers(stages=STAGES[::-1]), meta=NAMED, parts=layer_tensors(12))
case("layers-stage-tokens", layers(stages=[STAGES[0], STAGES[1] | {"tokens": 0}]), meta=NAMED, parts=layer_tensors(12))
case("layers-stage-pooling", layers(stages=STAGES, pooling="mean"), meta=NAMED, parts=layer_tensors(12))


# Heads on feature maps.
D = 4
MAPS = {
    "classes": ["road", "sky", "tree"],
    "feature": 4,
    "featureDType": "f16",
    "input": [30, 44],
    "model": {"hash": "0123456789abcdef" * 4, "source": "model.safetensors"},
    "network": {
        "epsilon": 1e-6, "hidden": D, "inputNorm": True, "norm": True, "rank": R,
        "levels": [
            {"channels": 4, "depth": 0, "height": 8, "level": 1, "reduction": 8, "width": 11},
            {"channels": C, "depth": 1, "height": 4, "level": 2, "reduction": 4, "width": 6}]},
    "preprocessing": {
        "interpolation": "bilinear", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5],
        "resize": {"exact": [30, 44]}},
}


def map_tensors():
    shapes = {}
    for i, (channels, depth) in enumerate([(4, 0), (C, 1)]):
        p = f"levels.{i}."
        shapes |= {p + "input_norm.weight": [channels], p + "input_norm.bias": [channels]}
        for j in range(depth):
            b = f"{p}blocks.{j}."
            shapes |= {b + "norm.weight": [channels], b + "norm.bias": [channels], b + "qkv.weight": [3 * R, channels],
                       b + "out.weight": [channels, R]}
        shapes |= {p + "norm.weight": [channels], p + "norm.bias": [channels], p + "product.weight": [D, channels]}
    shapes |= {"bias": [D], "classifier.weight": [K, D], "classifier.bias": [K]}
    out = {}
    for name, shape in shapes.items():
        count = 1
        for d in shape:
            count *= d
        values = [1.0 if name.endswith("norm.weight") else (i % 7 - 3) / 16 for i in range(count)]
        out[name] = ["F32", shape, struct.pack(f"<{count}f", *values)]
    return out


def map_case(name, change=lambda d: None, *, parts=None, meta=None, raw=None):
    d = copy.deepcopy(MAPS)
    change(d)
    metadata = {"format": "mist-head", "version": "2", "head": json.dumps(d) if raw is None else raw}
    metadata.update(meta or {})
    write(name, metadata, parts if parts is not None else map_tensors())


def put_level(key, value):
    def change(d):
        d["network"]["levels"][1][key] = value
    return change


map_case("valid-maps")
map_case("valid-maps-named-task", meta={"version": "3", "task": "segmentation"})
map_case("maps-unknown-level-field", put_level("window", 7))
map_case("maps-not-json", raw="[]")
map_case("maps-missing-field", lambda d: d.pop("input"))
map_case("maps-wrong-type", put("network", "levels", value=2))
map_case("maps-no-levels", put("network", "levels", value=[]))
map_case("maps-levels-order", put_level("level", 1))
map_case("maps-zero-height", put_level("height", 0))
map_case("maps-huge-width", put_level("width", 1 << 40))
map_case("maps-zero-channels", put_level("channels", 0))
map_case("maps-deep", put_level("depth", 65))
map_case("maps-zero-reduction", put_level("reduction", 0))
map_case("maps-negative-hidden", put("network", "hidden", value=-1))
map_case("maps-zero-rank", put("network", "rank", value=0))
map_case("maps-epsilon", put("network", "epsilon", value=-1e-6))
map_case("maps-input", put("input", value=[30]))
map_case("maps-many-classes", put("classes", value=[f"class {i}" for i in range(256)]))
map_case("maps-empty-class", put("classes", value=["road", "", "tree"]))
map_case("maps-gather-zero", put("feature", value=0))
map_case("maps-model-hash", put("model", "hash", value="0123"))
map_case("maps-huge-resize", put("preprocessing", "resize", value={"exact": [30, 1 << 17]}))
map_case("maps-zero-std", put("preprocessing", "std", value=[0.5, 0, 0.5]))
p = map_tensors(); del p["levels.0.product.weight"]; map_case("maps-missing-tensor", parts=p)
p = map_tensors(); p["levels.0.blocks.0.norm.bias"] = p["levels.0.norm.bias"]; map_case("maps-unknown-tensor", parts=p)
p = map_tensors(); p["bias"] = ["I32", [D], bytes(4 * D)]; map_case("maps-tensor-dtype", parts=p)
p = map_tensors(); p["levels.1.product.weight"][1] = [C, D]; map_case("maps-tensor-shape", parts=p)
p = map_tensors(); p["classifier.bias"][2] = struct.pack("<3f", 0, float("inf"), 0); map_case("maps-not-finite", parts=p)
