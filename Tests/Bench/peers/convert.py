#!/usr/bin/env python3
"""What people write to move transformers' ViT weights to timm's names: load, rename, fuse queries, keys and values, save.

  python3 torch_convert.py SOURCE.safetensors|SOURCE.bin OUT.safetensors [--sync]
"""
import argparse, os

import torch
from safetensors.torch import load_file, save_file

RENAMES = (
    ("encoder.layer.", "blocks."), ("attention.output.dense.", "attn.proj."), ("intermediate.dense.", "mlp.fc1."),
    ("output.dense.", "mlp.fc2."), ("layernorm_before.", "norm1."), ("layernorm_after.", "norm2."), ("layernorm.", "norm."),
    ("embeddings.patch_embeddings.projection.", "patch_embed.proj."), ("embeddings.position_embeddings", "pos_embed"),
    ("embeddings.cls_token", "cls_token"))


def renamed(state):
    out = {}
    for name, value in state.items():
        if name.startswith("pooler.") or ".attention.key." in name or ".attention.value." in name:
            continue
        if ".attention.query." in name:
            parts = [state[name.replace(".query.", f".{part}.")] for part in ("query", "key", "value")]
            name, value = name.replace("attention.attention.query.", "attn.qkv."), torch.cat(parts)
        for old, new in RENAMES:
            name = name.replace(old, new)
        out[name] = value
    return out


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("source")
    arguments.add_argument("out")
    arguments.add_argument("--sync", action="store_true", help="force the file to the disk, as mist does")
    options = arguments.parse_args()
    pickled = not options.source.endswith(".safetensors")
    state = torch.load(options.source, map_location="cpu", weights_only=True) if pickled else load_file(options.source)
    save_file(renamed(state), options.out, metadata={"format": "pt"})
    if options.sync:
        with open(options.out, "rb") as file:
            os.fsync(file.fileno())


if __name__ == "__main__":
    main()
