#!/usr/bin/env python3
"""timm checkpoints that cannot be converted, one reason each (Formats/naming-conventions.md). Standard library only.

  python3 make.py            writes a folder for each beside this script
"""
import json, os, struct

HERE = os.path.dirname(os.path.abspath(__file__))
C, P, MLP = 4, 2, 8
B = "blocks.0."
TENSORS = {
    "patch_embed.proj.weight": [C, 3, P, P], "patch_embed.proj.bias": [C], "cls_token": [1, 1, C], "pos_embed": [1, 5, C],
    B + "norm1.weight": [C], B + "norm1.bias": [C], B + "attn.qkv.weight": [3 * C, C], B + "attn.qkv.bias": [3 * C],
    B + "attn.proj.weight": [C, C], B + "attn.proj.bias": [C], B + "norm2.weight": [C], B + "norm2.bias": [C],
    B + "mlp.fc1.weight": [MLP, C], B + "mlp.fc1.bias": [MLP], B + "mlp.fc2.weight": [C, MLP], B + "mlp.fc2.bias": [C],
    "norm.weight": [C], "norm.bias": [C], "head.weight": [2, C], "head.bias": [2]}
CONFIG = {"architecture": "vit_toy", "model_args": {"img_size": 4, "patch_size": P, "embed_dim": C, "depth": 1, "num_heads": 2}}


def write(name, tensors, config=CONFIG, dtypes={}):
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    header, offset = {}, 0
    for key, shape in tensors.items():
        size = 4
        for n in shape:
            size *= n
        header[key] = {"dtype": dtypes.get(key, "F32"), "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(folder, "model.safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + bytes(offset))
    with open(os.path.join(folder, "config.json"), "w") as f:
        f.write(config if isinstance(config, str) else json.dumps(config))


def renamed(old, new):
    return {new if k == old else k: v for k, v in TENSORS.items()}


write("valid", TENSORS)
write("renamed-tensor", renamed(B + "norm2.bias", B + "norm2.bais"))
write("extra-tensor", {**TENSORS, B + "gate": [C]})
write("missing-tensor", {k: v for k, v in TENSORS.items() if k != B + "attn.proj.weight"})
write("transposed-weight", {**TENSORS, B + "mlp.fc1.weight": [C, MLP]})
write("position-embedding-off-by-two", {**TENSORS, "pos_embed": [1, 7, C]})
write("integer-weight", TENSORS, dtypes={B + "mlp.fc1.weight": "I32"})
write("two-networks", {p + k: v for p in ("teacher.", "student.") for k, v in TENSORS.items()})
write("other-depth", TENSORS, {**CONFIG, "model_args": {**CONFIG["model_args"], "depth": 2}})
write("config-not-json", TENSORS, '{"architecture": "vit_toy",')
