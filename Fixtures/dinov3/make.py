#!/usr/bin/env python3
"""DINOv3 vision transformers with seeded random weights, their files as users have them, and PyTorch's own activations.

  python3 make.py --size tiny --out .      the committed fixtures
  python3 make.py --size s16  --out DIR    ViT-S/16 and S+/16 at their real size
  python3 make.py --size b16  --out DIR    ViT-B/16
  python3 make.py --size l16  --out DIR    ViT-L/16

Folders and files are those of ../vit/make.py, which see, but for transformers' model.onnx, which torch's newer exporter writes;
`golden-resized` is of another, not square image size. `hub-dinov3` is
Facebook's own naming of `hf-dinov3-plus`, with biases behind masks and the periods of the rotations rounded to bf16, as released
files have them; its golden is computed with those. versions.json names the libraries.
"""
import argparse, importlib.util, json, os, platform

import numpy as np
import onnx, PIL, safetensors, timm, torch, transformers
from functools import partial
from safetensors.torch import load_file, save_file
from timm.layers import LayerNorm
from timm.models.eva import Eva

SPEC = importlib.util.spec_from_file_location(
    "vit_make", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vit", "make.py"))
base = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(base)

PHOTOS = ["chelsea.jpg", "astronaut.png"]
IMAGENET = base.IMAGENET


def blocks_and_norm(model):
    if isinstance(model, Eva):
        return list(model.blocks), model.norm
    return list(model.model.layer), model.norm


def randomise(model, seed):
    base.randomise(model, seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name.endswith(("gamma_1", "gamma_2")):
                g = torch.Generator().manual_seed(seed * 7_919 + 10 * int(name.split(".")[1]) + int(name[-1]))
                p.copy_(0.5 + 0.2 * torch.randn(p.shape, generator=g))
    return model.eval()


base.blocks_and_norm = blocks_and_norm


def eva(size, classes, **model_args):
    # what timm's vit_*_patch16_dinov3 functions pass
    return Eva(img_size=size, num_classes=classes, dynamic_img_size=True, init_values=1e-5, rope_type="dinov3",
               rope_temperature=100, rope_rotate_half=True, use_rot_pos_emb=True, use_abs_pos_emb=False, num_reg_tokens=4,
               use_fc_norm=False, norm_layer=partial(LayerNorm, eps=1e-5), **model_args)


def timm_case(out, name, architecture, seed, size, resized, candidates, classes=0, onnx_file=True, **model_args):
    case = base.Case(out, name, PHOTOS)
    model = randomise(eva(size, classes, **model_args), seed)
    save_file(model.state_dict(), case.path("model.safetensors"), metadata={"format": "pt"})
    case.json("config.json", {
        "architecture": architecture, "num_classes": classes, "num_features": model_args["embed_dim"], "global_pool": "avg",
        "model_args": {"img_size": size, **model_args},
        "pretrained_cfg": {"input_size": [3, size, size], "crop_pct": 1.0, "crop_mode": "center", "interpolation": "bicubic",
                           **IMAGENET, "num_classes": classes, "first_conv": "patch_embed.proj", "classifier": "head"}})
    images = case.goldens(model, (size, size), candidates, *IMAGENET.values(), resized)
    if classes:
        case.logits(model, images)
    if onnx_file:
        export(model, images, case)
    return case, model


def export(model, images, case):
    if isinstance(model, Eva):  # by the TorchScript exporter, which leaves the rotations' arithmetic in the graph
        for block in model.blocks:
            block.attn.fused_attn = False  # traced, the fused operator's flags are tensors
        return base.export_onnx(model, images, case.path("model.onnx"), 17)
    # by the one that torch now takes by default, which folds it into tables
    with torch.no_grad():
        torch.onnx.export(model, (images[:1],), case.path("model.onnx"), dynamo=True, opset_version=18, external_data=False,
                          input_names=["pixel_values"], output_names=["output"], verbose=False)


def hf_case(out, name, seed, config, resized, candidates, onnx_file=True):
    case = base.Case(out, name, PHOTOS)
    model = randomise(transformers.DINOv3ViTModel(config), seed)
    model.save_pretrained(case.folder)
    size = config.image_size
    case.json("preprocessor_config.json", {
        "image_processor_type": "DINOv3ViTImageProcessorFast", "do_resize": True, "size": {"height": size, "width": size},
        "resample": 2, "do_normalize": True, "do_rescale": True, "rescale_factor": 1 / 255,
        "image_mean": IMAGENET["mean"], "image_std": IMAGENET["std"]})
    images = case.goldens(model, (size, size), candidates, *IMAGENET.values(), resized)
    if onnx_file:
        export(base.LastHiddenState(model), images, case)
    return case, model


def hub(state, heads):
    """A transformers state under the names of Facebook's own files."""
    get = lambda name: next(v for k, v in state.items() if k == name or k == "model." + name)
    out = {"cls_token": get("embeddings.cls_token"), "storage_tokens": get("embeddings.register_tokens"),
           "mask_token": get("embeddings.mask_token").squeeze(0),
           "patch_embed.proj.weight": get("embeddings.patch_embeddings.weight"),
           "patch_embed.proj.bias": get("embeddings.patch_embeddings.bias"),
           "norm.weight": get("norm.weight"), "norm.bias": get("norm.bias")}
    width, depth = out["cls_token"].shape[-1], 1 + max(int(k.split("layer.")[1].split(".")[0]) for k in state if "layer." in k)
    head = width // heads
    out["rope_embed.periods"] = (100 ** (2 * torch.arange(head // 4, dtype=torch.float32) / (head // 2))).to(torch.bfloat16)
    for i in range(depth):
        old, new = f"layer.{i}.", f"blocks.{i}."
        q, k, v = (get(f"{old}attention.{x}_proj.weight") for x in "qkv")
        out[new + "attn.qkv.weight"] = torch.cat([q, k, v])
        zero = torch.zeros(width)
        # what stands for the key is masked, not zero
        key = torch.full((width,), 0.25)
        out[new + "attn.qkv.bias"] = torch.cat([get(old + "attention.q_proj.bias"), key, get(old + "attention.v_proj.bias")])
        out[new + "attn.qkv.bias_mask"] = torch.cat([zero + 1, zero, zero + 1])
        for part in ("weight", "bias"):
            out[f"{new}attn.proj.{part}"] = get(f"{old}attention.o_proj.{part}")
            for norm in ("norm1", "norm2"):
                out[f"{new}{norm}.{part}"] = get(f"{old}{norm}.{part}")
            names = {"gate_proj": "w1", "up_proj": "w2", "down_proj": "w3"}
            if not any("gate_proj" in k for k in state):
                names = {"up_proj": "fc1", "down_proj": "fc2"}
            for a, b in names.items():
                out[f"{new}mlp.{b}.{part}"] = get(f"{old}mlp.{a}.{part}")
        for s in (1, 2):
            out[f"{new}ls{s}.gamma"] = get(f"{old}layer_scale{s}.lambda1")
    return {k: v.contiguous() for k, v in out.items()}


def tiny(out):
    """Width 24, three blocks of three heads, 8-pixel patches at 32 × 32: the libraries' own classes, small files."""
    ks, resized = [1, 2, 3], (40, 56)
    common = dict(patch_size=8, embed_dim=24, depth=3, num_heads=3)
    timm_case(out, "timm-dinov3", "vit_tiny_patch8_dinov3", 1, 32, resized, ks, classes=5, qkv_bias=False, **common)
    timm_case(out, "timm-dinov3-plus-qkvb", "vit_tiny_plus_patch8_dinov3_qkvb", 2, 32, resized, ks, qkv_bias=True,
              swiglu_mlp=True, swiglu_align_to=8, **common)
    config = dict(hidden_size=24, num_hidden_layers=3, num_attention_heads=3, image_size=32, patch_size=8, num_register_tokens=4)
    hf_case(out, "hf-dinov3", 3, transformers.DINOv3ViTConfig(intermediate_size=96, **config), resized, ks)
    plus = transformers.DINOv3ViTConfig(intermediate_size=96, use_gated_mlp=True, hidden_act="silu", **config)
    case, model = hf_case(out, "hf-dinov3-plus", 4, plus, resized, ks)
    facebook = base.Case(out, "hub-dinov3", PHOTOS)
    state = hub(load_file(case.path("model.safetensors")), 3)
    save_file(state, facebook.path("model.safetensors"))
    model.rope_embeddings.inv_freq.copy_(1 / state["rope_embed.periods"].float())
    facebook.goldens(model, (32, 32), ks, *IMAGENET.values(), resized)


def real(out, letter, width, depth, heads, plus=False):
    ks, sign = [depth // 3, 2 * depth // 3, depth], "_plus" if plus else ""
    names = {"s": "small", "b": "base", "l": "large"}
    model_args = dict(patch_size=16, embed_dim=width, depth=depth, num_heads=heads)
    if plus:
        model_args |= dict(swiglu_mlp=True, swiglu_align_to=8)
    short = letter + ("plus" if plus else "") + "16"
    timm_case(out, f"timm-{short}", f"vit_{names[letter]}{sign}_patch16_dinov3", 1, 256, None, ks, qkv_bias=False, **model_args)
    timm_case(out, f"timm-{short}-qkvb", f"vit_{names[letter]}{sign}_patch16_dinov3_qkvb", 2, 256, None, ks, qkv_bias=True,
              onnx_file=False, **model_args)
    gated = dict(use_gated_mlp=True, hidden_act="silu") if plus else {}
    config = transformers.DINOv3ViTConfig(hidden_size=width, num_hidden_layers=depth, num_attention_heads=heads, image_size=224,
                                          intermediate_size=4 * width, num_register_tokens=4, **gated)
    hf_case(out, f"hf-{short}", 3, config, (256, 320), ks)


SIZES = {"tiny": tiny, "s16": lambda out: [real(out, "s", 384, 12, 6), real(out, "s", 384, 12, 6, plus=True)],
         "b16": lambda out: real(out, "b", 768, 12, 12), "l16": lambda out: real(out, "l", 1024, 24, 16)}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", choices=SIZES, required=True)
    arguments.add_argument("--out", required=True)
    options = arguments.parse_args()
    torch.manual_seed(0)
    os.makedirs(options.out, exist_ok=True)
    SIZES[options.size](options.out)
    versions = {m.__name__: m.__version__ for m in (torch, timm, transformers, onnx, safetensors, np, PIL)}
    with open(os.path.join(options.out, "versions.json"), "w") as f:
        json.dump({"python": platform.python_version(), **versions}, f, indent=2)
        f.write("\n")


if __name__ == "__main__":
    main()
