#!/usr/bin/env python3
"""One set of weights of ViT-B/16, and one of SegFormer-B4, in every container and naming that people have them in.

  python3 make.py --vit DIR --segformer DIR --projects DIR --out DIR

--vit, --segformer and --projects are what ../vit/make.py --size b16, ../segformer/make.py --size b4 and ../segformer-mmseg/make.py
--size b4 wrote. Nothing of these sizes is committed: `./dev acceptance --only sources` calls this script.

vit-b16: the weights of timm-vit
  timm-zip.pth, timm-legacy.pth     as torch.save writes them, the state dict below `state_dict` and `module.`, beside an optimiser
  timm-views.pt                     every tensor a view of one storage; each weight matrix of the MLP stored transposed
  timm-bf16.pth                     in bfloat16
  jax-stored.npz, jax-deflated.npz  Google's names and kernels per head
  hf/, hf-bin/, hf-sharded/         transformers' ViTModel: model.safetensors, pytorch_model.bin, several files and an index
  hf-v5.safetensors                 the names that transformers 5 has in memory, below `vit.`
segformer-b4: the weights of hf-segformer-hub
  hf-bin/, hf-sharded/, hf-v5/      transformers
  nvlabs.pth                        NVlabs' names, with the metadata of mmsegmentation 0.x
  mmseg-1.pth, mmseg-0.pth          mmsegmentation's names as 1.x and 0.x save them; its decode head is its own
"""
import argparse, importlib.util, json, os, platform, shutil, sys

import numpy as np
import safetensors
import torch

HERE = os.path.dirname(os.path.abspath(__file__))


def script(folder, name):
    """A script beside another fixture, with that folder on the path as it expects."""
    folder = os.path.join(HERE, "..", folder)
    sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(name, os.path.join(folder, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.path.remove(folder)
    return module


variants = script("vit", "variants")
import transformers
from safetensors.torch import load_file, save_file


def stored_as_views(state):
    """The same values as views of one storage; two-dimensional ones of the MLP lie there column by column."""
    size = sum(v.numel() for v in state.values())
    storage, at, views = torch.empty(size), 0, {}
    for name, value in state.items():
        part = storage[at:at + value.numel()]
        transposed = ".mlp." in name and value.ndim == 2
        view = part.view(value.shape[::-1]).t() if transposed else part.view(value.shape)
        view.copy_(value)
        views[name], at = view, at + value.numel()
    return views


def separate(state, hidden):
    """A timm state dict under the names that transformers 5 has in memory."""
    names = {"cls_token": "embeddings.cls_token", "pos_embed": "embeddings.position_embeddings",
             "norm.weight": "layernorm.weight", "norm.bias": "layernorm.bias"}
    out = {new: state[old] for old, new in names.items()}
    for part in ("weight", "bias"):
        out[f"embeddings.patch_embeddings.projection.{part}"] = state[f"patch_embed.proj.{part}"]
    for i in range(sum(name.endswith("attn.qkv.weight") for name in state)):
        for part in ("weight", "bias"):
            old, new = f"blocks.{i}.", f"layers.{i}."
            for at, name in enumerate(("q_proj", "k_proj", "v_proj")):
                out[f"{new}attention.{name}.{part}"] = state[f"{old}attn.qkv.{part}"][at * hidden:(at + 1) * hidden].clone()
            out[f"{new}attention.o_proj.{part}"] = state[f"{old}attn.proj.{part}"]
            out[f"{new}layernorm_before.{part}"] = state[f"{old}norm1.{part}"]
            out[f"{new}layernorm_after.{part}"] = state[f"{old}norm2.{part}"]
            out[f"{new}mlp.fc1.{part}"] = state[f"{old}mlp.fc1.{part}"]
            out[f"{new}mlp.fc2.{part}"] = state[f"{old}mlp.fc2.{part}"]
    return out


def as_bin(model, folder):
    """A folder of transformers before safetensors: pytorch_model.bin and the JSON files."""
    os.makedirs(folder, exist_ok=True)
    model.config.save_pretrained(folder)
    torch.save(released(model), os.path.join(folder, "pytorch_model.bin"))


def released(model):
    """The names that transformers' files have, which are not those in memory."""
    folder = os.path.join(released.folder, "released")
    model.save_pretrained(folder)
    state = load_file(os.path.join(folder, "model.safetensors"))
    shutil.rmtree(folder)
    return state


def vit(source, out):
    os.makedirs(out, exist_ok=True)
    path = lambda name: os.path.join(out, name)
    shutil.copy(os.path.join(source, "config.json"), out)
    state = load_file(os.path.join(source, "model.safetensors"))
    optimiser = torch.optim.AdamW([torch.nn.Parameter(torch.ones(3))])
    around = {"epoch": 3, "optimizer": optimiser.state_dict(), "state_dict": {"module." + k: v for k, v in state.items()}}
    torch.save(around, path("timm-zip.pth"))
    torch.save(around, path("timm-legacy.pth"), _use_new_zipfile_serialization=False)
    torch.save(stored_as_views(state), path("timm-views.pt"))
    torch.save({k: v.bfloat16() for k, v in state.items()}, path("timm-bf16.pth"))
    arrays = variants.google(state, heads=12)
    np.savez(path("jax-stored.npz"), **arrays)
    np.savez_compressed(path("jax-deflated.npz"), **arrays)
    # As timm computes: its epsilon, not transformers' own default.
    model = transformers.ViTModel(transformers.ViTConfig(layer_norm_eps=1e-6), add_pooling_layer=False)
    model.load_state_dict(separate(state, 768), strict=True)
    save_file({"vit." + k: v.contiguous() for k, v in separate(state, 768).items()}, path("hf-v5.safetensors"))
    model.save_pretrained(path("hf"))
    model.save_pretrained(path("hf-sharded"), max_shard_size="60MB")
    as_bin(model, path("hf-bin"))


def segformer(source, projects, out):
    os.makedirs(out, exist_ok=True)
    path = lambda name: os.path.join(out, name)
    model = transformers.SegformerForSemanticSegmentation.from_pretrained(source)
    model.save_pretrained(path("hf-sharded"), max_shard_size="40MB")
    as_bin(model, path("hf-bin"))
    os.makedirs(path("hf-v5"), exist_ok=True)
    torch.save(model.state_dict(), path("hf-v5/model.pth"))
    shutil.copy(os.path.join(source, "config.json"), path("hf-v5"))
    shutil.copy(os.path.join(projects, "nvlabs", "model.pth"), path("nvlabs.pth"))
    shutil.copy(os.path.join(projects, "mmseg", "model.pth"), path("mmseg-1.pth"))
    state = load_file(os.path.join(projects, "mmseg", "model.safetensors"))
    torch.save({**script("segformer-mmseg", "make").old_meta([f"class {i}" for i in range(150)]), "state_dict": state},
               path("mmseg-0.pth"))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("vit", "segformer", "projects", "out"):
        arguments.add_argument("--" + name, required=name == "out", metavar="DIR")
    options = arguments.parse_args()
    released.folder = options.out
    if options.vit:
        vit(os.path.join(options.vit, "timm-vit"), os.path.join(options.out, "vit-b16"))
    if options.segformer:
        segformer(
            os.path.join(options.segformer, "hf-segformer-hub"), options.projects, os.path.join(options.out, "segformer-b4"))
    versions = {m.__name__: m.__version__ for m in (torch, transformers, safetensors, np)}
    with open(os.path.join(options.out, "versions.json"), "w") as f:
        json.dump({"python": platform.python_version(), **versions}, f, indent=2)
        f.write("\n")


if __name__ == "__main__":
    main()
