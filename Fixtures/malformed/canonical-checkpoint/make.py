#!/usr/bin/env python3
"""Canonical checkpoints that break one rule each (Formats/canonical-checkpoint.md). Standard library only.

  python3 make.py            writes the files beside this script
"""
import copy, json, os, struct

HERE = os.path.dirname(os.path.abspath(__file__))
C, P, MLP = 4, 2, 8
CONFIGURATION = {
    "width": C, "depth": 1, "heads": 2, "mlpWidth": MLP, "mlp": "gelu", "patchSize": P, "imageSize": [4, 4],
    "registerTokens": 0, "classToken": True, "classPosition": True, "qkvBias": True, "layerScale": False, "preNorm": False,
    "epsilon": {"preNorm": 1e-6, "block": 1e-6, "final": 1e-6}, "positionResize": "bicubic"}
PREPROCESSING = {"resize": {"exact": [4, 4]}, "interpolation": "bilinear", "mean": [0.5] * 3, "std": [0.5] * 3}
PROVENANCE = {"source": "model.safetensors", "convention": "timm", "tool": "mist 0.1.0"}
B = "blocks.0."
TENSORS = [
    ("patch_embed.weight", [C, 3, P, P]), ("patch_embed.bias", [C]), ("cls_token", [C]), ("pos_embed", [5, C]),
    (B + "norm1.weight", [C]), (B + "norm1.bias", [C]), (B + "attn.qkv.weight", [3 * C, C]), (B + "attn.qkv.bias", [3 * C]),
    (B + "attn.proj.weight", [C, C]), (B + "attn.proj.bias", [C]), (B + "norm2.weight", [C]), (B + "norm2.bias", [C]),
    (B + "mlp.fc1.weight", [MLP, C]), (B + "mlp.fc1.bias", [MLP]), (B + "mlp.fc2.weight", [C, MLP]),
    (B + "mlp.fc2.bias", [C]), ("final_norm.weight", [C]), ("final_norm.bias", [C])]
SIZES = {"F32": 4, "F16": 2, "I32": 4}


def write(name, tensors, metadata, change=None):
    """`change`: the index of a value, and what it is instead."""
    header, offset = {"__metadata__": metadata}, 0
    for tensor in tensors:
        (key, shape), dtype = tensor[:2], tensor[2] if len(tensor) > 2 else "F32"
        size = SIZES[dtype]
        for n in shape:
            size *= n
        header[key] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    values = b"".join(struct.pack("<f", change[1] if change and change[0] == i else (i % 7 - 3) / 4) for i in range(offset // 4))
    with open(os.path.join(HERE, name + ".safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + values)


def metadata(**changes):
    parts = {"format": "checkpoint", "version": "1", "architecture": "vit", "configuration": json.dumps(CONFIGURATION),
             "preprocessing": json.dumps(PREPROCESSING), "provenance": json.dumps(PROVENANCE), **changes}
    return {"mist." + k: v for k, v in parts.items() if v is not None}


def with_member(base, key, value):
    changed = copy.deepcopy(base)
    if value is None:
        del changed[key]
    else:
        changed[key] = value
    return json.dumps(changed)


write("valid", TENSORS, metadata())
write("no-format", TENSORS, metadata(format=None))
write("other-version", TENSORS, metadata(version="2"))
write("no-preprocessing", TENSORS, metadata(preprocessing=None))
write("other-architecture", TENSORS, metadata(architecture="mit"))
write("configuration-not-json", TENSORS, metadata(configuration="{width:4}"))
write("configuration-no-heads", TENSORS, metadata(configuration=with_member(CONFIGURATION, "heads", None)))
write("heads-do-not-divide", TENSORS, metadata(configuration=with_member(CONFIGURATION, "heads", 3)))
write("huge-depth", TENSORS, metadata(configuration=with_member(CONFIGURATION, "depth", 2**62)))
write("zero-std", TENSORS, metadata(preprocessing=with_member(PREPROCESSING, "std", [0.5, 0.5, 0])))
write("orientation-unknown", TENSORS, metadata(preprocessing=with_member(PREPROCESSING, "orientation", "sideways")))
write("not-finite", TENSORS, metadata(), change=(C * 3 * P * P + 2, float("nan")))
write("resize-unknown", TENSORS, metadata(preprocessing=with_member(PREPROCESSING, "resize", {"longestEdge": 4})))
write("provenance-not-json", TENSORS, metadata(provenance="timm"))
write("missing-tensor", [t for t in TENSORS if t[0] != B + "norm2.bias"], metadata())
write("unexpected-tensor", TENSORS + [("head.weight", [2, C])], metadata())
write("transposed-shape", [(n, s[::-1] if n.endswith("fc2.weight") else s) for n, s in TENSORS], metadata())

# A SegFormer of one stage with a decode head.
STAGE = {"width": 4, "depth": 1, "heads": 2, "reduction": 2, "mlpWidth": 8, "patchSize": 3, "stride": 2}
SEGFORMER = {"stages": [STAGE], "epsilon": dict.fromkeys(["patch", "reduction", "block", "stage"], 1e-5),
             "decodeHead": {"width": 6, "classes": 3, "batchNorm": True, "batchNormEpsilon": 1e-5}}
S, D = "stages.0.", "decode_head."


def pair(name, *shape):
    return [(name + ".weight", list(shape)), (name + ".bias", [shape[0]])]


SEGFORMER_TENSORS = (
    pair(S + "patch_embed", C, 3, 3, 3) + pair(S + "patch_norm", C) + pair(S + B + "norm1", C) + pair(S + B + "attn.q", C, C)
    + pair(S + B + "attn.kv", 2 * C, C) + pair(S + B + "attn.reduction", C, C, 2, 2) + pair(S + B + "attn.reduction_norm", C)
    + pair(S + B + "attn.proj", C, C) + pair(S + B + "norm2", C) + pair(S + B + "mlp.fc1", MLP, C)
    + pair(S + B + "mlp.dwconv", MLP, 1, 3, 3) + pair(S + B + "mlp.fc2", C, MLP) + pair(S + "norm", C)
    + pair(D + "linear.0", 6, C) + [(D + "fuse.weight", [6, 6])]
    + [(D + "batch_norm." + part, [6]) for part in ("weight", "bias", "mean", "variance")] + pair(D + "classifier", 3, 6))


def segformer(configuration=SEGFORMER, **changes):
    return metadata(architecture="segformer", configuration=json.dumps(configuration), **changes)


write("valid-segformer", SEGFORMER_TENSORS, segformer(classes=json.dumps(["a", "b", "c"])))
write("segformer-as-vit", SEGFORMER_TENSORS, metadata(configuration=json.dumps(SEGFORMER)))
write("segformer-no-stages", SEGFORMER_TENSORS, segformer({**SEGFORMER, "stages": []}))
write("segformer-heads", SEGFORMER_TENSORS, segformer({**SEGFORMER, "stages": [{**STAGE, "heads": 3}]}))
write("segformer-no-batch-norm-epsilon", SEGFORMER_TENSORS,
      segformer({**SEGFORMER, "decodeHead": {"width": 6, "classes": 3, "batchNorm": True}}))
write("segformer-missing-variance", [t for t in SEGFORMER_TENSORS if t[0] != D + "batch_norm.variance"], segformer())
write("segformer-two-biases", SEGFORMER_TENSORS + [(D + "fuse.bias", [6])], segformer())
write("segformer-reduction-shape", [(n, [C, C, 3, 3] if n == S + B + "attn.reduction.weight" else s) for n, s in SEGFORMER_TENSORS],
      segformer())
# mmsegmentation's decode head.
CONVOLUTIONAL = {**SEGFORMER, "decodeHead": {**SEGFORMER["decodeHead"], "kind": "convolutional"}}
CONVOLUTIONAL_TENSORS = [t for t in SEGFORMER_TENSORS if "linear.0" not in t[0]]
AT = [n for n, _ in CONVOLUTIONAL_TENSORS].index(D + "fuse.weight")
CONVOLUTIONAL_TENSORS[AT:AT] = [(D + "levels.0.weight", [6, 4])] + [
    (D + "levels.0.batch_norm." + part, [6]) for part in ("weight", "bias", "mean", "variance")]

write("valid-convolutional", CONVOLUTIONAL_TENSORS, segformer(CONVOLUTIONAL))
write("segformer-unknown-head", SEGFORMER_TENSORS,
      segformer({**SEGFORMER, "decodeHead": {**SEGFORMER["decodeHead"], "kind": "upernet"}}))
write("segformer-level-without-variance", [t for t in CONVOLUTIONAL_TENSORS if t[0] != D + "levels.0.batch_norm.variance"],
      segformer(CONVOLUTIONAL))
write("segformer-level-bias", CONVOLUTIONAL_TENSORS + [(D + "levels.0.bias", [6])], segformer(CONVOLUTIONAL))
write("classes-not-a-list", SEGFORMER_TENSORS, segformer(classes='{"0": "a"}'))
write("class-count", SEGFORMER_TENSORS, segformer(classes=json.dumps(["a", "b"])))
write("classes-without-head", TENSORS, metadata(classes=json.dumps(["a", "b"])))

# A classifier of images.
CLASSIFIER = {"classes": 3, "input": "class-token"}
SCORES = [("classifier.weight", [3, C]), ("classifier.bias", [3])]
write("valid-classifier", TENSORS + SCORES, metadata(configuration=json.dumps({**CONFIGURATION, "classifier": CLASSIFIER})))
write("classifier-input-unknown", TENSORS + SCORES,
      metadata(configuration=json.dumps({**CONFIGURATION, "classifier": {**CLASSIFIER, "input": "max"}})))
write("classifier-without-token", [(n, [4, C] if n == "pos_embed" else s) for n, s in TENSORS if n != "cls_token"] + SCORES,
      metadata(configuration=json.dumps(
          {**CONFIGURATION, "classToken": False, "classPosition": False, "classifier": CLASSIFIER})))
write("classifier-beside-decode-head", SEGFORMER_TENSORS + SCORES,
      segformer({**SEGFORMER, "classifier": {**CLASSIFIER, "input": "mean"}}))

write("integer-tensor", [(n, s, "I32" if n == "cls_token" else "F32") for n, s in TENSORS], metadata())

# A DINOv3 of one head of four channels.
DINOV3 = {
    "architecture": "dinov3", "width": C, "depth": 1, "heads": 1, "mlpWidth": MLP, "mlp": "gelu", "patchSize": P, "imageSize": [4, 4],
    "registerTokens": 1, "queryValueBias": True, "epsilon": {"block": 1e-5, "final": 1e-5}, "theta": 100, "storedPeriods": False}
DINOV3_TENSORS = [t for t in TENSORS if t[0] not in ("pos_embed", B + "attn.qkv.bias")]
AT = [n for n, _ in DINOV3_TENSORS].index("cls_token") + 1
DINOV3_TENSORS[AT:AT] = [("register_tokens", [1, C])]
for after, name in [("attn.qkv.weight", "attn.v.bias"), ("attn.qkv.weight", "attn.q.bias"), ("attn.proj.bias", "ls1"), ("mlp.fc2.bias", "ls2")]:
    AT = [n for n, _ in DINOV3_TENSORS].index(B + after) + 1
    DINOV3_TENSORS[AT:AT] = [(B + name, [C])]


def dinov3(**changes):
    return metadata(architecture="dinov3", configuration=json.dumps({**DINOV3, **changes}))


write("valid-dinov3", DINOV3_TENSORS, dinov3())
write("dinov3-other-tag", DINOV3_TENSORS, dinov3(architecture="vit"))
write("dinov3-head-channels", DINOV3_TENSORS, dinov3(heads=2))
write("dinov3-theta", DINOV3_TENSORS, dinov3(theta=1))
write("dinov3-no-periods", DINOV3_TENSORS, dinov3(storedPeriods=True))
