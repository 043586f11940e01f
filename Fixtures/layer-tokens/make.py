#!/usr/bin/env python3
"""Layer tokens as PyTorch computes them, of models whose files other folders hold.

  python3 make.py          writes a file per model beside this script

Each holds `input` [B, 3, H, W] from photographs and `layer0` ... `layerN` [B, 2, C]: the class token of F_i and the mean of its patch
tokens, register tokens in neither; [B, 1, C], the mean alone, of a model without class token; of a SegFormer the mean of F_i's map.
What enters the first block and leaves every block is taken by hooks from timm's and transformers' own modules. versions.json
names the libraries.
"""
import importlib.util, json, os, platform, sys

HERE = os.path.dirname(os.path.abspath(__file__))


def load(name, *path):
    spec = importlib.util.spec_from_file_location(name, os.path.join(HERE, "..", *path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


vit = load("vit_make", "vit", "make.py")

import numpy, safetensors, timm, torch, transformers, PIL
from safetensors.torch import load_file, save_file
from timm.models.vision_transformer import VisionTransformer

PHOTOS = ["chelsea.jpg", "coffee.jpg"]


def record(first, blocks, run):
    """F_0 and the outputs of the blocks while `run` runs."""
    value = lambda out: out[0] if isinstance(out, tuple) else out
    stream = []
    hooks = [first(stream)]
    for block in blocks:
        hooks.append(block.register_forward_hook(lambda _, __, out: stream.append(value(out))))
    with torch.no_grad():
        run()
    for hook in hooks:
        hook.remove()
    return stream


def enters(block):
    return lambda stream: block.register_forward_pre_hook(lambda _, args: stream.append(args[0]))


def save(name, images, layers):
    tensors = {"input": images} | {f"layer{i}": layer.contiguous() for i, layer in enumerate(layers)}
    assert all(torch.isfinite(t).all() for t in tensors.values())
    save_file(tensors, os.path.join(HERE, name + ".safetensors"))


def tokens(model, images):
    prefix = model.num_prefix_tokens
    for f in record(enters(model.blocks[0]), model.blocks, lambda: model(images)):
        mean = f[:, prefix:].mean(1, keepdim=True)
        yield torch.cat([f[:, :1], mean], 1) if model.cls_token is not None else mean


def timm_vit(folder, name):
    with open(os.path.join(HERE, "..", folder, name, "config.json")) as f:
        config = json.load(f)
    arguments = dict(config["model_args"])
    cfg = config["pretrained_cfg"]
    if "architecture" in config and config["architecture"].endswith("gap_224"):
        model = timm.create_model(config["architecture"], **{"num_classes": config["num_classes"]} | arguments)
    else:
        layers = {"SwiGLUPacked": vit.SwiGLUPacked, "SwiGLU": vit.SwiGLU}
        model = VisionTransformer(**{k: layers[v] if k == "mlp_layer" else v for k, v in arguments.items()})
    model.load_state_dict(load_file(os.path.join(HERE, "..", folder, name, "model.safetensors")))
    size = cfg["input_size"][1:]
    images = vit.photographs(PHOTOS, *size, cfg["mean"], cfg["std"])
    save(name, images, tokens(model.eval(), images))


def segformer(name):
    model = transformers.SegformerModel.from_pretrained(os.path.join(HERE, "..", "segformer", name)).eval()
    images = vit.photographs(PHOTOS, 64, 96, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    stages = model.stages
    blocks = [block for stage in stages for block in stage.blocks]
    embeds = lambda stream: stages[0].patch_embeddings.register_forward_hook(lambda _, __, out: stream.append(out[0] if isinstance(out, tuple) else out))
    stream = record(embeds, blocks, lambda: model(images))
    # [B, h*w, C] or [B, C, h, w]
    save(name, images, [(f if f.ndim == 3 else f.flatten(2).transpose(1, 2)).mean(1, keepdim=True) for f in stream])


timm_vit("vit", "timm-vit")
timm_vit("vit", "timm-dinov2-reg")
timm_vit("vit-sources", "siglip-gap")
segformer("hf-segformer-encoder")
with open(os.path.join(HERE, "versions.json"), "w") as f:
    versions = {m.__name__: m.__version__ for m in (torch, timm, transformers, safetensors, numpy, PIL)}
    json.dump({"python": platform.python_version(), **versions}, f, indent=2)
    f.write("\n")
