#!/usr/bin/env python3
"""DINOv3 vision transformers with seeded random weights, their files as users have them, and PyTorch's own activations.

  python3 make.py --size tiny --out .      the committed fixtures
  python3 make.py --size s16 --out DIR     at real size: s16, s16plus, b16, l16

Every folder below --out is one model:
  timm, timm-qkvb            by timm: its models without and with biases of q and v
  hf                         by transformers
  hub, hub-untied            the weights of hf under the names of Facebook's own files; untied: with the norm of local crops, which
                             the models trained on SAT-493M carry and only training uses. Facebook's code computes with the file's
                             periods, which are rounded, so hub has goldens of its own
  (tiny) timm-plus, hf-plus, hub-plus      the gated MLP of S+/16 and H+/16
with
  model.safetensors, config.json           as its library writes them (Facebook's files have no config.json)
  model.onnx                               by the TorchScript exporter
  model-dynamo.onnx, model-stripped.onnx   by dynamo, with every name of a weight and of a module, and without any
  golden.safetensors                       `input` [B, 3, H, W] from photographs, `F0` … `FN` [B, T, C], `gather_k*`, `final_norm`
  golden-resized.safetensors               the same for one image of another size
versions.json names the libraries. Weights are random but such that mistakes show: no bias is zero, no norm is the identity, no
layer scale is alike, attention is far from uniform; Facebook's files have a bias of the keys that their mask hides.
"""
import argparse, importlib.util, json, os, platform, sys
from functools import partial

HERE = os.path.dirname(os.path.abspath(__file__))


def script(folder):
    spec = importlib.util.spec_from_file_location("make_" + folder.replace("-", "_"), os.path.join(HERE, "..", folder, "make.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


vit = script("vit")  # defines torchvision's operators where they are missing
import numpy as np
import onnx, onnxruntime, safetensors, timm, torch, transformers
from safetensors.torch import save_file
from timm.layers import LayerNorm
from timm.models.eva import Eva

PHOTOS = ["chelsea.jpg", "astronaut.png"]
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
# What all DINOv3 models of timm have in common.
COMMON = dict(dynamic_img_size=True, init_values=1e-5, rope_type="dinov3", rope_temperature=100, rope_rotate_half=True,
              use_rot_pos_emb=True, use_abs_pos_emb=False, num_reg_tokens=4, use_fc_norm=False,
              norm_layer=partial(LayerNorm, eps=1e-5))
# Width, blocks, heads, whether the MLP is gated; and the name that timm has for it.
SIZES = {
    "s16": (384, 12, 6, False, "vit_small_patch16_dinov3"),
    "s16plus": (384, 12, 6, True, "vit_small_plus_patch16_dinov3"),
    "b16": (768, 12, 12, False, "vit_base_patch16_dinov3"),
    "l16": (1024, 24, 16, False, "vit_large_patch16_dinov3"),
}


def parts(model):
    """The modules whose inputs and outputs are F0 … FN, and the norm after them."""
    return list(model.blocks if isinstance(model, Eva) else model.model.layer), model.norm


def goldens(case, model, size, ks, resized):
    images = vit.photographs(PHOTOS, size, size, MEAN, STD)
    save_file(vit.golden(model, images, ks, parts), case.path("golden.safetensors"))
    save_file(vit.golden(model, vit.photographs(PHOTOS[:1], *resized, MEAN, STD), ks[-1:], parts),
              case.path("golden-resized.safetensors"))
    return images


def export(model, images, case, kinds=("model", "model-dynamo", "model-stripped")):
    """The ONNX files; each must compute what PyTorch does."""
    # The exporters put a module back into the mode that it was in, and with it its children.
    model.eval()
    large = sum(p.numel() for p in model.parameters()) > 10**7
    target = lambda kind: case.path(kind + ".onnx")
    if "model" in kinds:
        vit.export_onnx(model, images, target("model"), 17)
    if "model-dynamo" in kinds or "model-stripped" in kinds:
        torch.onnx.export(model, (images[:1],), target("model-dynamo"), dynamo=True, opset_version=18, external_data=large,
                          verbose=False)
    if "model-stripped" in kinds:
        script("onnx-sources").strip(target("model-dynamo"), target("model-stripped"), large)
    if "model-dynamo" not in kinds:
        for path in (target("model-dynamo"), target("model-dynamo") + ".data"):
            if os.path.exists(path):
                os.remove(path)
    with torch.no_grad():
        expected = model(images[:1]).numpy()
    for kind in kinds:
        session = onnxruntime.InferenceSession(target(kind), providers=["CPUExecutionProvider"])
        found = session.run(None, {session.get_inputs()[0].name: images[:1].numpy()})[0]
        assert np.abs(found - expected).max() < 1e-3 * np.abs(expected).max(), kind


def timm_case(out, name, seed, size, ks, resized, architecture, model, arguments=None):
    case = vit.Case(out, name, PHOTOS)
    vit.randomise(model, seed)
    save_file(model.state_dict(), case.path("model.safetensors"), metadata={"format": "pt"})
    config = {
        "architecture": architecture, "num_classes": 0, "num_features": model.embed_dim, "global_pool": "avg",
        "pretrained_cfg": {
            "tag": "lvd1689m", "custom_load": False, "input_size": [3, size, size], "fixed_input_size": True,
            "interpolation": "bicubic", "crop_pct": 1.0, "crop_mode": "center", "mean": MEAN, "std": STD, "num_classes": 0,
            "pool_size": None, "first_conv": "patch_embed.proj", "classifier": "head", "license": "dinov3-license"}}
    if arguments:
        config["model_args"] = arguments
    case.json("config.json", config)
    return case, model, goldens(case, model, size, ks, resized)


class Tokens(torch.nn.Module):
    """A timm model whose output is the token sequence; its parameters keep their names."""

    def __init__(self, model):
        super().__init__()
        for name, child in model.named_children():
            self.add_module(name, child)
        self.__dict__["whole"] = model
        self.cls_token, self.reg_token = model.cls_token, model.reg_token

    def forward(self, images):
        return self.whole.forward_features(images)


def tiny_timm(**more):
    """Width 24, three blocks of three heads, 8-pixel patches at 32 × 32."""
    arguments = dict(img_size=32, patch_size=8, embed_dim=24, depth=3, num_heads=3, num_classes=0, **more)
    model = Eva(**arguments, **COMMON)
    written = {k: v for k, v in {**arguments, **COMMON}.items() if k != "norm_layer"}
    return model, written


def hf_config(width, depth, heads, gated, size, patch):
    # As facebook/dinov3-vits16-pretrain-lvd1689m and its gated sibling have it.
    return transformers.DINOv3ViTConfig(
        hidden_size=width, intermediate_size=4 * width, num_hidden_layers=depth, num_attention_heads=heads, image_size=size,
        patch_size=patch, num_register_tokens=4, use_gated_mlp=gated, hidden_act="silu" if gated else "gelu",
        layer_norm_eps=1e-5, architectures=["DINOv3ViTModel"])


def hf_case(out, name, seed, size, ks, resized, config):
    case = vit.Case(out, name, PHOTOS)
    model = vit.randomise(transformers.DINOv3ViTModel(config), seed)
    model.save_pretrained(case.folder)
    case.json("preprocessor_config.json", {
        "image_processor_type": "DINOv3ViTImageProcessorFast", "do_resize": True, "do_rescale": True, "do_normalize": True,
        "default_to_square": True, "size": {"height": size, "width": size}, "resample": 2, "rescale_factor": 1 / 255,
        "image_mean": MEAN, "image_std": STD, "data_format": "channels_first"})
    return case, model, goldens(case, model, size, ks, resized)


def hub_state(model, untied):
    """A transformers model's weights as Facebook's own files have them."""
    state, config = model.state_dict(), model.config
    width, heads = config.hidden_size, config.num_attention_heads
    generator = torch.Generator().manual_seed(9)
    noise = lambda *shape: 0.3 * torch.randn(shape, generator=generator)
    out = {"cls_token": state["embeddings.cls_token"], "storage_tokens": state["embeddings.register_tokens"],
           "mask_token": state["embeddings.mask_token"][0]}
    for part in ("weight", "bias"):
        out["patch_embed.proj." + part] = state["embeddings.patch_embeddings." + part]
        out["norm." + part] = state["norm." + part]
    # The code keeps the periods as the training had them, in bfloat16.
    out["rope_embed.periods"] = (100 ** (torch.arange(width // heads // 4) * 4 / (width // heads))).to(torch.bfloat16)
    mask = torch.ones(3 * width)
    mask[width:2 * width] = 0
    mlp = {"gate_proj": "w1", "up_proj": "w2", "down_proj": "w3"} if config.use_gated_mlp else {"up_proj": "fc1", "down_proj": "fc2"}
    for i in range(config.num_hidden_layers):
        old, new = f"model.layer.{i}.", f"blocks.{i}."
        out[new + "attn.qkv.weight"] = torch.cat([state[f"{old}attention.{x}_proj.weight"] for x in "qkv"])
        q, v = (state[f"{old}attention.{x}_proj.bias"] for x in "qv")
        out[new + "attn.qkv.bias"] = torch.cat([q, noise(width), v])
        out[new + "attn.qkv.bias_mask"] = mask.clone()
        for part in ("weight", "bias"):
            out[f"{new}attn.proj.{part}"] = state[f"{old}attention.o_proj.{part}"]
            for norm in ("norm1", "norm2"):
                out[f"{new}{norm}.{part}"] = state[f"{old}{norm}.{part}"]
            for a, b in mlp.items():
                out[f"{new}mlp.{b}.{part}"] = state[f"{old}mlp.{a}.{part}"]
        for s in (1, 2):
            out[f"{new}ls{s}.gamma"] = state[f"{old}layer_scale{s}.lambda1"]
    if untied:
        out["local_cls_norm.weight"], out["local_cls_norm.bias"] = 1 + noise(width), noise(width)
    return {k: v.contiguous() for k, v in out.items()}


def hub_case(out, name, model, place, untied=False):
    case = vit.Case(out, name, PHOTOS)
    state = hub_state(model, untied)
    save_file(state, case.path("model.safetensors"))
    if not untied:
        kept = model.rope_embeddings.inv_freq.clone()
        model.rope_embeddings.inv_freq.copy_(1 / state["rope_embed.periods"].float())
        goldens(case, model, *place)
        model.rope_embeddings.inv_freq.copy_(kept)


def tiny(out):
    ks, place = [1, 2, 3], (32, [1, 2, 3], (40, 56))
    for name, seed, more in (("timm", 1, dict(qkv_bias=False)), ("timm-qkvb", 2, dict(qkv_bias=True)),
                             ("timm-plus", 3, dict(qkv_bias=False, swiglu_mlp=True, swiglu_align_to=8))):
        model, arguments = tiny_timm(**more)
        suffix = {"timm": "", "timm-qkvb": "_qkvb", "timm-plus": "_plus"}[name]
        case, model, images = timm_case(out, name, seed, *place, "vit_tiny_patch8_dinov3" + suffix, model, arguments)
        export(Tokens(model), images, case, {"timm": ("model", "model-stripped")}.get(name, ("model",)))
    for name, seed, gated in (("hf", 4, False), ("hf-plus", 5, True)):
        case, model, images = hf_case(out, name, seed, *place, hf_config(24, 3, 3, gated, 32, 8))
        export(vit.LastHiddenState(model), images, case, ("model-stripped",) if gated else ("model", "model-stripped"))
        hub_case(out, name.replace("hf", "hub"), model, place)
        if not gated:
            hub_case(out, "hub-untied", model, place, untied=True)


def real(out, size):
    width, depth, heads, gated, architecture = SIZES[size]
    place = (224, [depth // 3, 2 * depth // 3, depth], (240, 176))
    for name, seed, suffix in (("timm", 1, ""), ("timm-qkvb", 2, "_qkvb")):
        model = timm.create_model(architecture + suffix, num_classes=0)
        case, model, images = timm_case(out, name, seed, *place, architecture + suffix, model)
        if not suffix:
            export(Tokens(model), images, case)
    case, model, images = hf_case(out, "hf", 3, *place, hf_config(width, depth, heads, gated, 224, 16))
    export(vit.LastHiddenState(model), images, case)
    hub_case(out, "hub", model, place)
    hub_case(out, "hub-untied", model, place, untied=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", choices=["tiny", *SIZES], required=True)
    arguments.add_argument("--out", required=True)
    options = arguments.parse_args()
    torch.manual_seed(0)
    os.makedirs(options.out, exist_ok=True)
    tiny(options.out) if options.size == "tiny" else real(options.out, options.size)
    versions = {m.__name__: m.__version__ for m in (torch, timm, transformers, onnx, onnxruntime, safetensors, np)}
    with open(os.path.join(options.out, "versions.json"), "w") as f:
        json.dump({"python": platform.python_version(), **versions}, f, indent=2)
        f.write("\n")


if __name__ == "__main__":
    main()
