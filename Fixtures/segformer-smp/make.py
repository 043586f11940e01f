#!/usr/bin/env python3
"""A small Segformer of segmentation_models_pytorch with seeded random weights, and the library's own activations.

  python3 make.py            writes model.safetensors and golden.safetensors beside this script

The library builds published sizes alone, so its classes for encoder, decoder and head are put together with smaller numbers.
golden.safetensors holds `input` [1, 3, H, W] from a photograph and, channels last, `F0` ... `F4`, `stage1` ... `stage4`, and `logits` at a
quarter of the image, before the library enlarges them. versions.json names the libraries.
"""
import json, os, platform, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "segformer")]
import make as segformer  # defines torchvision's operators where they are missing
import numpy as np
import PIL, safetensors, torch
import segmentation_models_pytorch as smp
from safetensors.torch import save_file
from segmentation_models_pytorch.base import SegmentationHead
from segmentation_models_pytorch.decoders.segformer.decoder import SegformerDecoder
from segmentation_models_pytorch.encoders.mix_transformer import LayerNorm, MixVisionTransformerEncoder
from functools import partial

WIDTHS, WIDTH, CLASSES = [4, 8, 12, 16], 6, 5
PHOTO = os.path.join(segformer.PHOTOS, "astronaut.png")


def build():
    model = smp.Segformer(encoder_name="mit_b0", encoder_weights=None, classes=CLASSES)
    # The arguments of the library's own mit_b0, but for sizes.
    model.encoder = MixVisionTransformerEncoder(
        out_channels=(3, 0, *WIDTHS), patch_size=4, embed_dims=WIDTHS, num_heads=[1, 2, 3, 4], mlp_ratios=[2, 2, 2, 2], qkv_bias=True,
        norm_layer=partial(LayerNorm, eps=1e-6), depths=[1, 1, 1, 1], sr_ratios=[8, 4, 2, 1], drop_rate=0.0, drop_path_rate=0.1)
    model.decoder = SegformerDecoder(encoder_channels=model.encoder.out_channels, segmentation_channels=WIDTH)
    model.segmentation_head = SegmentationHead(WIDTH, CLASSES, kernel_size=1, upsampling=4)
    return model.eval()


@torch.no_grad()
def golden(model, images):
    last = lambda t: t.permute(0, 2, 3, 1).contiguous()
    encoder, stream = model.encoder, []
    hooks = [encoder.patch_embed1.register_forward_hook(lambda _, __, out: stream.append(out))]
    for stage in (encoder.block1, encoder.block2, encoder.block3, encoder.block4):
        hooks += [block.register_forward_hook(lambda _, __, out: stream.append(out)) for block in stage]
    features = encoder(images)
    for hook in hooks:
        hook.remove()
    logits = model.segmentation_head[0](model.decoder(features))
    assert torch.equal(model.segmentation_head[1](logits), model(images))
    tensors = {"input": images, "logits": last(logits)}
    tensors |= {f"F{k}": last(value) for k, value in enumerate(stream)}
    tensors |= {f"stage{s}": last(value) for s, value in enumerate(features[2:], 1)}
    assert all(torch.isfinite(t).all() for t in tensors.values())
    return tensors


if __name__ == "__main__":
    model = build()
    segformer.randomise(model, 41)
    save_file({n: t.contiguous() for n, t in model.state_dict().items()}, os.path.join(HERE, "model.safetensors"), metadata={"format": "pt"})
    save_file(golden(model, segformer.photographs([PHOTO], 64, 96)), os.path.join(HERE, "golden.safetensors"))
    versions = {m.__name__: m.__version__ for m in (torch, smp, safetensors, np, PIL)}
    with open(os.path.join(HERE, "versions.json"), "w") as f:
        json.dump({"python": platform.python_version(), **versions}, f, indent=2)
        f.write("\n")
