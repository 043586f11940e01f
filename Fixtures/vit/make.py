#!/usr/bin/env python3
"""Vision transformers with seeded random weights, their files as users have them, and PyTorch's own activations.

  python3 make.py --size tiny --out .      the committed fixtures
  python3 make.py --size b16  --out DIR    ViT-B/16 at its real size

Every folder below --out is one model:
  model.safetensors, config.json           as its library writes them
  model.onnx                               by the TorchScript exporter
  golden.safetensors                       `input` [B, 3, H, W] from photographs, `F0` … `FN` [B, T, C], `gather_k*`, `final_norm`
  golden-resized.safetensors               the same at another image size, where the library resizes position embeddings
  golden-logits.safetensors                `input` and `logits` [B, K], where the model has a classifier
versions.json names the libraries. Weights are random but such that mistakes show: no bias is zero, no norm is the identity,
attention is far from uniform, and activations keep a trained network's magnitude.
"""
import argparse, json, os, platform, warnings

import numpy as np
import torch

try:
    import torchvision
except RuntimeError:  # built for another torch: it registers kernels for operators that its own library failed to define
    OPERATORS = torch.library.Library("torchvision", "DEF")
    OPERATORS.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    OPERATORS.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import timm, transformers, onnx, safetensors, PIL
from PIL import Image
from safetensors.torch import load_file, save_file
from timm.layers import SwiGLU, SwiGLUPacked
from timm.models.vision_transformer import VisionTransformer

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
PHOTOS = os.path.join(HERE, "..", "images")


def randomise(model, seed):
    """Seeded values for every parameter, by kind; the order of `named_parameters` does not matter."""
    with torch.no_grad():
        for name, p in sorted(model.named_parameters()):
            g = torch.Generator().manual_seed(seed * 1_000_003 + sum(ord(c) * 31 ** (i % 7) for i, c in enumerate(name)))
            noise = torch.randn(p.shape, generator=g)
            if "norm" in name and name.endswith("weight"):
                p.copy_(1 + 0.3 * noise)
            elif name.endswith(("gamma", "gamma_1", "gamma_2", "lambda1")):
                p.copy_(0.5 + 0.2 * noise)
            elif p.ndim >= 2 and name.endswith("weight"):
                fan_in = p[0].numel()
                sharper = any(part in name for part in ("qkv", "q_proj", "k_proj", "query", "key"))
                p.copy_(noise * (1.4 if sharper else 0.8) / fan_in**0.5)
            elif name.endswith("bias"):
                p.copy_(0.2 * noise)
            else:  # tokens and position embeddings
                p.copy_(0.5 * noise)
    return model.eval()


def photographs(names, height, width, mean, std):
    batch = []
    for name in names:
        image = Image.open(os.path.join(PHOTOS, name)).convert("RGB").resize((width, height), Image.BICUBIC)
        pixels = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).float() / 255
        batch.append((pixels - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1))
    return torch.stack(batch)


def blocks_and_norm(model):
    """The modules whose inputs and outputs are F0 … FN, and the norm after them."""
    if isinstance(model, VisionTransformer):
        return list(model.blocks), model.norm
    encoder = getattr(model, "encoder", model)
    layers = getattr(encoder, "layers", None) or getattr(encoder, "layer")
    return list(layers), model.layernorm


def golden(model, images, candidates, parts=blocks_and_norm):
    blocks, norm = parts(model)
    first = lambda value: value[0] if isinstance(value, tuple) else value
    stream, hooks = [], []
    hooks.append(blocks[0].register_forward_pre_hook(
        lambda _, args, kwargs: stream.append(args[0] if args else kwargs["hidden_states"]), with_kwargs=True))
    for block in blocks:
        hooks.append(block.register_forward_hook(lambda _, __, out: stream.append(first(out))))
    with torch.no_grad():
        model(images)
        for hook in hooks:
            hook.remove()
        final = norm(stream[-1])
    tensors = {"input": images, "final_norm": final}
    total = torch.zeros_like(stream[0])
    for i, value in enumerate(stream):
        tensors[f"F{i}"] = value
        total = total + value
        if i in candidates:
            tensors[f"gather_k{i}"] = total
    assert all(torch.isfinite(t).all() for t in tensors.values())
    return {name: t.contiguous() for name, t in tensors.items()}


def export_onnx(model, images, path, opset):
    with torch.no_grad():
        torch.onnx.export(
            model, (images[:1],), path, dynamo=False, opset_version=opset, do_constant_folding=True,
            input_names=["pixel_values"], output_names=["output"], dynamic_axes={"pixel_values": {0: "batch"}})


class LastHiddenState(torch.nn.Module):
    """A Hugging Face model whose only output is the token sequence; its parameters keep their names."""

    def __init__(self, model):
        super().__init__()
        for name, child in model.named_children():
            self.add_module(name, child)
        self.__dict__["whole"] = model

    def forward(self, pixel_values):
        return self.whole(pixel_values).last_hidden_state


def hub_dinov2(state):
    """A Hugging Face DINOv2 state (released names) under the names of Facebook's own torch.hub files."""
    out, layers = {}, 1 + max(int(k.split(".")[2]) for k in state if k.startswith("encoder.layer."))
    for old, new in (("cls_token", "cls_token"), ("register_tokens", "register_tokens"), ("mask_token", "mask_token"),
                     ("position_embeddings", "pos_embed"), ("patch_embeddings.projection.weight", "patch_embed.proj.weight"),
                     ("patch_embeddings.projection.bias", "patch_embed.proj.bias")):
        if "embeddings." + old in state:
            out[new] = state["embeddings." + old]
    for i in range(layers):
        old, new = f"encoder.layer.{i}.", f"blocks.{i}."
        for part in ("weight", "bias"):
            out[f"{new}attn.qkv.{part}"] = torch.cat(
                [state[f"{old}attention.attention.{x}.{part}"] for x in ("query", "key", "value")])
            out[f"{new}attn.proj.{part}"] = state[f"{old}attention.output.dense.{part}"]
            for norm in ("norm1", "norm2"):
                out[f"{new}{norm}.{part}"] = state[f"{old}{norm}.{part}"]
            for a, b in (("fc1", "fc1"), ("fc2", "fc2"), ("weights_in", "w12"), ("weights_out", "w3")):
                if f"{old}mlp.{a}.{part}" in state:
                    out[f"{new}mlp.{b}.{part}"] = state[f"{old}mlp.{a}.{part}"]
        for s in (1, 2):
            out[f"{new}ls{s}.gamma"] = state[f"{old}layer_scale{s}.lambda1"]
    out["norm.weight"], out["norm.bias"] = state["layernorm.weight"], state["layernorm.bias"]
    return {k: v.contiguous() for k, v in out.items()}


class Case:
    def __init__(self, out, name, photos):
        self.folder, self.photos = os.path.join(out, name), photos
        os.makedirs(self.folder, exist_ok=True)
        print(name, flush=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def json(self, name, value):
        with open(self.path(name), "w") as f:
            json.dump(value, f, indent=2, sort_keys=True)
            f.write("\n")

    def logits(self, model, images):
        with torch.no_grad():
            scores = model(images)
        scores = getattr(scores, "logits", scores)
        save_file({"input": images, "logits": scores.contiguous()}, self.path("golden-logits.safetensors"))

    def goldens(self, model, size, candidates, mean, std, resized=None):
        images = photographs(self.photos, *size, mean, std)
        save_file(golden(model, images, candidates), self.path("golden.safetensors"))
        if resized:
            save_file(golden(model, photographs(self.photos[:1], *resized, mean, std), candidates[-1:]),
                      self.path("golden-resized.safetensors"))
        return images


def timm_case(out, name, photos, candidates, seed, architecture, resized, opset, mean=(0.5,) * 3, std=(0.5,) * 3,
              onnx_file=True, prefix="", **model_args):
    case = Case(out, name, photos)
    model = randomise(VisionTransformer(dynamic_img_size=resized is not None, **model_args), seed)
    save_file({prefix + k: v for k, v in model.state_dict().items()}, case.path("model.safetensors"),
              metadata={"format": "pt"})
    size = (model_args["img_size"],) * 2
    named = {k: "SwiGLUPacked" if v is SwiGLUPacked else getattr(v, "__name__", v) for k, v in model_args.items()}
    case.json("config.json", {
        "architecture": architecture, "num_classes": model_args["num_classes"], "num_features": model_args["embed_dim"],
        "model_args": named,
        "pretrained_cfg": {"input_size": [3, *size], "crop_pct": 0.9, "crop_mode": "center", "interpolation": "bicubic",
                           "mean": mean, "std": std, "num_classes": model_args["num_classes"], "first_conv": "patch_embed.proj",
                           "classifier": "head"}})
    images = case.goldens(model, size, candidates, mean, std, resized)
    if model_args["num_classes"]:
        case.logits(model, images)
    if onnx_file:
        export = VisionTransformer(**model_args).eval()
        export.load_state_dict(model.state_dict())
        export_onnx(export, images, case.path("model.onnx"), opset)
    return case, model


def hf_case(out, name, photos, candidates, seed, model, processor, mean, std, opset, resized=None, onnx_file=True,
            classifier=None):
    case = Case(out, name, photos)
    whole = randomise(classifier or model, seed)
    backbone = whole if classifier is None else getattr(whole, whole.base_model_prefix)
    whole.save_pretrained(case.folder)
    size = backbone.config.image_size
    case.json("preprocessor_config.json", {
        **processor, "do_normalize": True, "do_rescale": True, "rescale_factor": 1 / 255, "image_mean": mean, "image_std": std})
    images = case.goldens(backbone, (size, size), candidates, mean, std, resized)
    if classifier is not None:
        case.logits(whole, images)
    if onnx_file:
        if isinstance(backbone, transformers.Dinov2WithRegistersModel):
            # its antialiased resize of position embeddings has no ONNX operator, and at the trained size does nothing
            backbone.embeddings.interpolate_pos_encoding = lambda *_: backbone.embeddings.position_embeddings
        export_onnx(LastHiddenState(backbone), images, case.path("model.onnx"), opset)
    return case, backbone


IMAGENET = dict(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])
HALF = dict(mean=[0.5] * 3, std=[0.5] * 3)


NAMES = ["tabby cat", "astronaut", "cup", "rocket", "chelsea"]


def hf_processors(size):
    vit = {"image_processor_type": "ViTImageProcessor", "do_resize": True, "size": {"height": size, "width": size}, "resample": 2}
    dino = {"image_processor_type": "BitImageProcessor", "do_resize": True, "do_center_crop": True, "do_convert_rgb": True,
            "size": {"shortest_edge": size * 8 // 7}, "crop_size": {"height": size, "width": size}, "resample": 3}
    return vit, dino


def tiny(out):
    """Width 24, three blocks of three heads, 8-pixel patches at 32 × 32: the libraries' own classes, small files."""
    photos, ks = ["chelsea.jpg", "astronaut.png"], [1, 2, 3]
    base = dict(img_size=32, patch_size=8, embed_dim=24, depth=3, num_heads=3, num_classes=5)
    timm_case(out, "timm-vit", photos, ks, 1, "vit_tiny_patch8_32", (48, 40), 17, mlp_ratio=4, **base)
    timm_case(out, "timm-dinov2-reg", photos, ks, 2, "vit_tiny_patch8_reg4_dinov2", (40, 56), 16, **IMAGENET,
              mlp_ratio=8 / 3 * 2, mlp_layer=SwiGLUPacked, act_layer=torch.nn.SiLU, init_values=1e-5, reg_tokens=4,
              no_embed_class=True, **{**base, "num_classes": 0})
    timm_case(out, "timm-swiglu", photos, ks, 3, "vit_tiny_swiglu", None, 17, mlp_ratio=3, mlp_layer=SwiGLU,
              act_layer=torch.nn.SiLU, onnx_file=False, **base)
    timm_case(out, "timm-prenorm", photos, ks, 4, "vit_tiny_prenorm", None, 17, mlp_ratio=4, pre_norm=True, qkv_bias=False,
              norm_layer="layernorm", prefix="module.backbone.", **base)
    vit, dino = hf_processors(32)
    common = dict(hidden_size=24, num_hidden_layers=3, num_attention_heads=3, image_size=32, patch_size=8)
    config = transformers.ViTConfig(intermediate_size=96, num_labels=5, **common)
    hf_case(out, "hf-vit", photos, ks, 5, transformers.ViTModel(config), vit, **HALF, opset=14)
    hf_case(out, "hf-vit-classifier", photos, ks, 6, None, vit, **HALF, opset=14, onnx_file=False,
            classifier=transformers.ViTForImageClassification(config))
    config = transformers.Dinov2Config(mlp_ratio=4, **common)
    case, _ = hf_case(out, "hf-dinov2", photos, ks, 7, transformers.Dinov2Model(config), dino, **IMAGENET, opset=17,
                      resized=(40, 56))
    config = transformers.Dinov2WithRegistersConfig(mlp_ratio=4, use_swiglu_ffn=True, num_register_tokens=4, **common)
    case, _ = hf_case(out, "hf-dinov2-registers", photos, ks, 8, transformers.Dinov2WithRegistersModel(config), dino,
                      **IMAGENET, opset=17)
    config = transformers.Dinov2Config(mlp_ratio=4, num_labels=5, id2label=dict(enumerate(NAMES)), **common)
    hf_case(out, "hf-dinov2-classifier", photos, ks, 9, None, dino, **IMAGENET, opset=17, onnx_file=False,
            classifier=transformers.Dinov2ForImageClassification(config))
    hub = Case(out, "hub-dinov2-registers", photos)
    save_file(hub_dinov2(load_file(case.path("model.safetensors"))), hub.path("model.safetensors"))


def b16(out):
    photos, ks = ["chelsea.jpg", "astronaut.png"], [4, 8, 12]
    timm_case(out, "timm-vit", photos, ks, 1, "vit_base_patch16_224", None, 17, img_size=224, patch_size=16,
              embed_dim=768, depth=12, num_heads=12, num_classes=1000)
    vit, _ = hf_processors(224)
    hf_case(out, "hf-vit", photos, ks, 2, transformers.ViTModel(transformers.ViTConfig()), vit, **HALF, opset=17)
    hf_case(out, "hf-vit-classifier", photos, ks, 3, None, vit, **HALF, opset=17, onnx_file=False,
            classifier=transformers.ViTForImageClassification(transformers.ViTConfig(num_labels=1000)))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", choices=["tiny", "b16"], required=True)
    arguments.add_argument("--out", required=True)
    options = arguments.parse_args()
    torch.manual_seed(0)
    os.makedirs(options.out, exist_ok=True)
    {"tiny": tiny, "b16": b16}[options.size](options.out)
    versions = {m.__name__: m.__version__ for m in (torch, timm, transformers, onnx, safetensors, np, PIL)}
    with open(os.path.join(options.out, "versions.json"), "w") as f:
        json.dump({"python": platform.python_version(), **versions}, f, indent=2)
        f.write("\n")


if __name__ == "__main__":
    main()
