#!/usr/bin/env python3
"""SegFormer as NVlabs' repository and as mmsegmentation build it: the same modules, names, shapes, epsilons and arithmetic as published
(NVlabs/SegFormer: mix_transformer.py, segformer_head.py; open-mmlab/mmsegmentation 0.x and 1.x: mit.py, segformer_head.py), written anew
and for inference only.

  python3 modules.py FILE --project nvlabs|mmseg [--size tiny|b4] [--backbone]
      loads FILE (.safetensors) into the project's model with strict checking: every key, every shape, nothing left over
"""
import argparse

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

SIZES = {
    "tiny": dict(dims=[4, 8, 16, 24], depths=[2, 2, 2, 1], heads=[1, 2, 4, 3], mlp=[4, 2, 2, 2], width=12, classes=7),
    "encoder": dict(dims=[4, 8, 10, 16], depths=[1, 2, 1, 1], heads=[1, 2, 5, 4], mlp=[2, 2, 4, 2], width=6, classes=2),
    "b4": dict(dims=[64, 128, 320, 512], depths=[3, 8, 27, 3], heads=[1, 2, 5, 8], mlp=[4] * 4, width=768, classes=150),
}
REDUCTIONS, KERNELS, STRIDES = [8, 4, 2, 1], [7, 3, 3, 3], [4, 2, 2, 2]
# mmsegmentation's configurations have 256 for every model.
MMSEG_WIDTH = {"tiny": 12, "encoder": 6, "b4": 256}


def tokens(maps):
    return maps.flatten(2).transpose(1, 2)


def maps(x, size):
    return x.transpose(1, 2).unflatten(2, size)


def enlarged(levels):
    """Every level at the first one's size."""
    return [F.interpolate(level, size=levels[0].shape[2:], mode="bilinear", align_corners=False) for level in levels]


class Stage:
    """One stage of either project's encoder: `embed` gives tokens and the map's size, `blocks` take both, `norm` takes tokens."""

    def __init__(self, embed, blocks, norm):
        self.embed, self.blocks, self.norm = embed, blocks, norm


class Backbone(nn.Module):
    def forward(self, x):
        levels = []
        for stage in self.stages():
            x, size = stage.embed(x)
            for block in stage.blocks:
                x = block(x, size)
            x = maps(stage.norm(x), size)
            levels.append(x)
        return levels


class Segmenter(nn.Module):
    def __init__(self, backbone, decode_head):
        super().__init__()
        self.backbone, self.decode_head = backbone, decode_head

    def forward(self, x):
        return self.decode_head(self.backbone(x))


class NormedConv(nn.Module):
    """mmcv's ConvModule with a batch norm: 1 x 1 convolution without bias, batch norm, ReLU."""

    def __init__(self, channels, width):
        super().__init__()
        self.conv = nn.Conv2d(channels, width, 1, bias=False)
        self.bn = nn.BatchNorm2d(width, eps=1e-5)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))


# NVlabs

class OverlapPatchEmbed(nn.Module):
    def __init__(self, channels, dim, kernel, stride):
        super().__init__()
        self.proj = nn.Conv2d(channels, dim, kernel, stride, kernel // 2)
        self.norm = nn.LayerNorm(dim)

    def forward(self, x):
        x = self.proj(x)
        return self.norm(tokens(x)), x.shape[2:]


class Attention(nn.Module):
    def __init__(self, dim, heads, reduction):
        super().__init__()
        self.heads, self.reduction = heads, reduction
        self.q, self.kv, self.proj = nn.Linear(dim, dim), nn.Linear(dim, 2 * dim), nn.Linear(dim, dim)
        if reduction > 1:
            self.sr, self.norm = nn.Conv2d(dim, dim, reduction, reduction), nn.LayerNorm(dim)

    def forward(self, x, size):
        source = self.norm(tokens(self.sr(maps(x, size)))) if self.reduction > 1 else x
        split = lambda t: t.unflatten(2, (self.heads, -1)).transpose(1, 2)
        key, value = self.kv(source).chunk(2, dim=2)
        query, key, value = split(self.q(x)), split(key), split(value)
        weights = (query @ key.transpose(2, 3) * query.shape[3] ** -0.5).softmax(dim=3)
        return self.proj((weights @ value).transpose(1, 2).flatten(2))


class DWConv(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, 3, 1, 1, groups=dim)


class Mlp(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.fc1, self.dwconv, self.fc2 = nn.Linear(dim, hidden), DWConv(hidden), nn.Linear(hidden, dim)

    def forward(self, x, size):
        return self.fc2(F.gelu(tokens(self.dwconv.dwconv(maps(self.fc1(x), size)))))


class Block(nn.Module):
    def __init__(self, dim, heads, reduction, hidden):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim, eps=1e-6), nn.LayerNorm(dim, eps=1e-6)
        self.attn, self.mlp = Attention(dim, heads, reduction), Mlp(dim, hidden)

    def forward(self, x, size):
        x = x + self.attn(self.norm1(x), size)
        return x + self.mlp(self.norm2(x), size)


class NVlabsBackbone(Backbone):
    """`classes`: of the ImageNet classifier that files of the backbone alone have."""

    def __init__(self, dims, depths, heads, mlp, classes=None, **_):
        super().__init__()
        for n, (channels, dim, kernel, stride) in enumerate(zip([3] + dims, dims, KERNELS, STRIDES), 1):
            setattr(self, f"patch_embed{n}", OverlapPatchEmbed(channels, dim, kernel, stride))
            setattr(self, f"block{n}", nn.ModuleList(
                Block(dim, heads[n - 1], REDUCTIONS[n - 1], dim * mlp[n - 1]) for _ in range(depths[n - 1])))
            setattr(self, f"norm{n}", nn.LayerNorm(dim, eps=1e-6))
        if classes:
            self.head = nn.Linear(dims[-1], classes)

    def stages(self):
        part = lambda name, n: getattr(self, f"{name}{n}")
        return [Stage(part("patch_embed", n), part("block", n), part("norm", n)) for n in range(1, 5)]


class LinearEmbedding(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.proj = nn.Linear(channels, width)

    def forward(self, x):
        return maps(self.proj(tokens(x)), x.shape[2:])


class NVlabsHead(nn.Module):
    def __init__(self, dims, width, classes, **_):
        super().__init__()
        # Of the base class; nothing uses it.
        self.conv_seg = nn.Conv2d(128, classes, 1)
        for n, dim in enumerate(dims, 1):
            setattr(self, f"linear_c{n}", LinearEmbedding(dim, width))
        self.linear_fuse = NormedConv(4 * width, width)
        self.linear_pred = nn.Conv2d(width, classes, 1)

    def forward(self, levels):
        levels = [getattr(self, f"linear_c{n}")(level) for n, level in enumerate(levels, 1)]
        return self.linear_pred(self.linear_fuse(torch.cat(enlarged(levels)[::-1], dim=1)))


# mmsegmentation

class PatchEmbed(nn.Module):
    def __init__(self, channels, dim, kernel, stride):
        super().__init__()
        self.projection = nn.Conv2d(channels, dim, kernel, stride, kernel // 2)
        self.norm = nn.LayerNorm(dim, eps=1e-6)

    def forward(self, x):
        x = self.projection(x)
        return self.norm(tokens(x)), x.shape[2:]


class EfficientMultiheadAttention(nn.Module):
    def __init__(self, dim, heads, reduction):
        super().__init__()
        self.reduction = reduction
        self.attn = nn.MultiheadAttention(dim, heads)
        if reduction > 1:
            self.sr, self.norm = nn.Conv2d(dim, dim, reduction, reduction), nn.LayerNorm(dim, eps=1e-6)

    def forward(self, x, size):
        source = self.norm(tokens(self.sr(maps(x, size)))) if self.reduction > 1 else x
        query, source = x.transpose(0, 1), source.transpose(0, 1)
        return self.attn(query=query, key=source, value=source)[0].transpose(0, 1)


class MixFFN(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(dim, hidden, 1), nn.Conv2d(hidden, hidden, 3, 1, 1, groups=hidden), nn.GELU(), nn.Dropout(0),
            nn.Conv2d(hidden, dim, 1), nn.Dropout(0))

    def forward(self, x, size):
        return tokens(self.layers(maps(x, size)))


class TransformerEncoderLayer(nn.Module):
    def __init__(self, dim, heads, reduction, hidden):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim, eps=1e-6), nn.LayerNorm(dim, eps=1e-6)
        self.attn, self.ffn = EfficientMultiheadAttention(dim, heads, reduction), MixFFN(dim, hidden)

    def forward(self, x, size):
        x = x + self.attn(self.norm1(x), size)
        return x + self.ffn(self.norm2(x), size)


class MMSegBackbone(Backbone):
    def __init__(self, dims, depths, heads, mlp, **_):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.ModuleList([
                PatchEmbed(channels, dim, KERNELS[s], STRIDES[s]),
                nn.ModuleList(
                    TransformerEncoderLayer(dim, heads[s], REDUCTIONS[s], dim * mlp[s]) for _ in range(depths[s])),
                nn.LayerNorm(dim, eps=1e-6),
            ]) for s, (channels, dim) in enumerate(zip([3] + dims, dims)))

    def stages(self):
        return [Stage(*parts) for parts in self.layers]


class MMSegHead(nn.Module):
    def __init__(self, dims, width, classes, **_):
        super().__init__()
        self.conv_seg = nn.Conv2d(width, classes, 1)
        self.convs = nn.ModuleList(NormedConv(dim, width) for dim in dims)
        self.fusion_conv = NormedConv(4 * width, width)

    def forward(self, levels):
        levels = [conv(level) for conv, level in zip(self.convs, levels)]
        return self.conv_seg(self.fusion_conv(torch.cat(enlarged(levels), dim=1)))


def build(project, size, backbone=False):
    """The project's model of a size, or its backbone as the ImageNet files have it."""
    c = SIZES[size]
    if project == "nvlabs":
        if backbone:
            return NVlabsBackbone(**c | {"classes": 1000 if size == "b4" else 5}).eval()
        return Segmenter(NVlabsBackbone(**c | {"classes": None}), NVlabsHead(**c)).eval()
    c = c | {"width": MMSEG_WIDTH[size]}
    return (MMSegBackbone(**c) if backbone else Segmenter(MMSegBackbone(**c), MMSegHead(**c))).eval()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("file")
    arguments.add_argument("--project", choices=["nvlabs", "mmseg"], required=True)
    arguments.add_argument("--size", choices=list(SIZES), default="b4")
    arguments.add_argument("--backbone", action="store_true")
    options = arguments.parse_args()
    state = load_file(options.file)
    build(options.project, options.size, options.backbone).load_state_dict(state, strict=True)
    print(f"{options.file}: {len(state)} tensors, all of {options.project}'s and no others")


if __name__ == "__main__":
    main()
