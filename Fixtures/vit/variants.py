#!/usr/bin/env python3
"""The weights of a model folder that make.py wrote, in the other files that people have them in.

  python3 variants.py FOLDER --shards 40KB     sharded/: what save_pretrained writes for a transformers model
  python3 variants.py FOLDER --npz             jax/: Google's names, as np.savez and np.savez_compressed write them

The committed ones: `variants.py hf-vit --shards 40KB` and `variants.py timm-vit --npz`. That the .npz files mean the same model is
checked with timm's own loader, which must give the same state dict.
"""
import argparse, json, os

import numpy as np

import make  # defines torchvision's operators where they are missing
import timm, torch, transformers
from safetensors.torch import load_file
from timm.models.vision_transformer import VisionTransformer, _load_weights


def google(state, heads):
    """A timm state dict under the names and in the layout of google-research/vision_transformer."""
    width, depth = state["cls_token"].shape[-1], 1 + max(int(k.split(".")[1]) for k in state if k.startswith("blocks."))
    size = width // heads
    w = {k: v.numpy() for k, v in state.items()}
    out = {"cls": w["cls_token"], "embedding/kernel": w["patch_embed.proj.weight"].transpose(2, 3, 1, 0),
           "embedding/bias": w["patch_embed.proj.bias"], "Transformer/posembed_input/pos_embedding": w["pos_embed"],
           "Transformer/encoder_norm/scale": w["norm.weight"], "Transformer/encoder_norm/bias": w["norm.bias"],
           "head/kernel": w["head.weight"].T, "head/bias": w["head.bias"]}
    for i in range(depth):
        old, new = f"blocks.{i}.", f"Transformer/encoderblock_{i}/"
        for number, part in enumerate(("query", "key", "value")):
            rows = slice(number * width, (number + 1) * width)
            out[f"{new}MultiHeadDotProductAttention_1/{part}/kernel"] = (
                w[old + "attn.qkv.weight"][rows].T.reshape(width, heads, size))
            out[f"{new}MultiHeadDotProductAttention_1/{part}/bias"] = (
                w[old + "attn.qkv.bias"][rows].reshape(heads, size))
        out[f"{new}MultiHeadDotProductAttention_1/out/kernel"] = w[old + "attn.proj.weight"].T.reshape(heads, size, width)
        out[f"{new}MultiHeadDotProductAttention_1/out/bias"] = w[old + "attn.proj.bias"]
        for dense in (0, 1):
            out[f"{new}MlpBlock_3/Dense_{dense}/kernel"] = w[f"{old}mlp.fc{dense + 1}.weight"].T
            out[f"{new}MlpBlock_3/Dense_{dense}/bias"] = w[f"{old}mlp.fc{dense + 1}.bias"]
        for norm, number in (("norm1", 0), ("norm2", 2)):
            out[f"{new}LayerNorm_{number}/scale"] = w[f"{old}{norm}.weight"]
            out[f"{new}LayerNorm_{number}/bias"] = w[f"{old}{norm}.bias"]
    # Google's files were saved from C-contiguous arrays; a transposed view would be saved column-major.
    return {k: np.ascontiguousarray(v) for k, v in out.items()}


def npz(folder):
    with open(os.path.join(folder, "config.json")) as f:
        arguments = {k: v for k, v in json.load(f)["model_args"].items()}
    state = load_file(os.path.join(folder, "model.safetensors"))
    arrays = google(state, arguments["num_heads"])
    out = os.path.join(folder, "jax")
    os.makedirs(out, exist_ok=True)
    np.savez(os.path.join(out, "stored.npz"), **arrays)
    np.savez_compressed(os.path.join(out, "compressed.npz"), **arrays)
    # As training code saves its optimiser's target, from arrays that are views of transposed ones.
    np.savez(os.path.join(out, "target.npz"), **{
        "opt/target/" + k: np.asfortranarray(v) for k, v in arrays.items()})
    for name in ("stored", "compressed", "target"):
        model = VisionTransformer(**arguments)
        _load_weights(model, os.path.join(out, name + ".npz"))
        assert all(torch.equal(v, state[k]) for k, v in model.state_dict().items()), name


def shards(folder, size):
    with open(os.path.join(folder, "config.json")) as f:
        kind = json.load(f)["architectures"][0]
    model = getattr(transformers, kind).from_pretrained(folder)
    model.save_pretrained(os.path.join(folder, "sharded"), max_shard_size=size)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder")
    arguments.add_argument("--npz", action="store_true")
    arguments.add_argument("--shards", metavar="SIZE")
    options = arguments.parse_args()
    if options.npz:
        npz(options.folder)
    if options.shards:
        shards(options.folder, options.shards)


if __name__ == "__main__":
    main()
