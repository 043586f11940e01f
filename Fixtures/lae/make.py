#!/usr/bin/env python3
"""Goldens of the edge network (LAE head): logits, loss and every parameter's gradient, from PyTorch autograd in float64 on
the plain form of the network. Needs torch.

Parameters, features, dropout masks and labels are not stored: they come from a counter-based generator (`uniform`) that the
test repeats bit for bit. `<case>.f64` holds, as little-endian float64: logits [samples, classes], the loss, and gradients of
the parameters in `ParameterTable`'s order, every `stride`-th of them. `cases.json` lists the cases. Those with a `block` have
other block functions than attention; `grid` is prefix, height and width of a convolution's tokens.
"""
import json, os, numpy as np, torch, torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
EPS = 1e-6


def uniform(stream, n):
    """n float32 numbers in [-1, 1): splitmix64 of stream·2³² + i, its upper 24 bits."""
    with np.errstate(over="ignore"):
        z = (np.uint64(stream) << np.uint64(32)) + np.arange(n, dtype=np.uint64)
        z = (z + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float32) / np.float32(2**23) - np.float32(1)


def make_parameters(s):
    """[(name, tensor)] in ParameterTable's order: gains around 1, all else around 0, and no tensor zero."""
    c, r, k = s["channels"], s["rank"], s["classes"]
    shapes = []
    if s["inputNorm"]:
        shapes += [("input_norm.weight", (c,)), ("input_norm.bias", (c,))]
    for i in range(s["depth"]):
        shapes += [(f"blocks.{i}.norm.weight", (c,)), (f"blocks.{i}.norm.bias", (c,))]
        shapes += {"attention": [(f"blocks.{i}.qkv.weight", (3 * r, c)), (f"blocks.{i}.out.weight", (c, r))],
                   "mlp": [(f"blocks.{i}.hidden.weight", (r, c)), (f"blocks.{i}.out.weight", (c, r))],
                   "dwconv": [(f"blocks.{i}.conv.weight", (c, 9)), (f"blocks.{i}.conv.bias", (c,))],
                   }[s.get("block", "attention")]
    shapes += [("norm.weight", (c,)), ("norm.bias", (c,)), ("classifier.weight", (k, c)), ("classifier.bias", (k,))]
    out = []
    for i, (name, shape) in enumerate(shapes):
        u = uniform(100 + i, int(np.prod(shape))).reshape(shape)
        if name.endswith("norm.weight"):
            u = np.float32(1) + np.float32(0.5) * u
        elif name.endswith("qkv.weight"):
            u = u * np.float32(0.25)
        out.append((name, torch.from_numpy(u).double().requires_grad_(True)))
    return out


def forward(s, p, x, mask):
    c, r = s["channels"], s["rank"]
    norm = lambda x, n: F.layer_norm(x, (c,), p[n + ".weight"], p[n + ".bias"], EPS)
    if s["inputNorm"]:
        x = norm(x, "input_norm")
    for i in range(s["depth"]):
        if s.get("block") == "mlp":
            x = x + F.gelu(norm(x, f"blocks.{i}.norm") @ p[f"blocks.{i}.hidden.weight"].T) @ p[f"blocks.{i}.out.weight"].T
            continue
        if s.get("block") == "dwconv":
            prefix, h, w = s["grid"]
            y = norm(x, f"blocks.{i}.norm")[:, prefix:].transpose(1, 2).reshape(-1, c, h, w)
            y = F.conv2d(y, p[f"blocks.{i}.conv.weight"].reshape(c, 1, 3, 3), p[f"blocks.{i}.conv.bias"], padding=1, groups=c)
            x = torch.cat([x[:, :prefix], x[:, prefix:] + y.flatten(2).transpose(1, 2)], 1)
            continue
        q, k, v = (norm(x, f"blocks.{i}.norm") @ p[f"blocks.{i}.qkv.weight"].T).split(r, -1)
        x = x + torch.softmax(q @ k.transpose(-1, -2) * r**-0.5, -1) @ v @ p[f"blocks.{i}.out.weight"].T
    x = norm(x, "norm")
    x = x[:, 0] if s["pooling"] == "cls" else x.mean(1)
    return (x * mask) @ p["classifier.weight"].T + p["classifier.bias"]


def main():
    cases = []
    small = dict(tokens=11, channels=20, classes=5, rank=4, samples=3, stride=1)
    for pooling in ("cls", "mean"):
        for inputNorm in (False, True):
            for depth in (0, 1, 4):
                cases.append(dict(small, name=f"{pooling}-{'norm' if inputNorm else 'raw'}-{depth}", depth=depth,
                                  pooling=pooling, inputNorm=inputNorm))
    for inputNorm in (False, True):  # ViT-S/14 at 224 x 224
        cases.append(dict(name=f"vit-s-{'norm' if inputNorm else 'raw'}", tokens=257, channels=384, classes=10, rank=32,
                          samples=2, stride=37, depth=4, pooling="cls", inputNorm=inputNorm))
    for pooling, inputNorm, depth in (("cls", False, 2), ("mean", False, 1), ("mean", True, 4)):
        cases.append(dict(small, name=f"mlp-{pooling}-{'norm' if inputNorm else 'raw'}-{depth}", depth=depth, rank=6,
                          pooling=pooling, inputNorm=inputNorm, block="mlp"))
    for grid, inputNorm, depth in (([1, 2, 5], False, 1), ([2, 3, 3], True, 3), ([0, 11, 1], False, 2)):
        cases.append(dict(small, name=f"dwconv-{grid[0]}-{'norm' if inputNorm else 'raw'}-{depth}", depth=depth,
                          pooling="mean", inputNorm=inputNorm, block="dwconv", grid=grid))
    for s in cases:
        named = make_parameters(s)
        t, c, n = s["tokens"], s["channels"], s["samples"]
        x = uniform(1, n * t * c).reshape(n, t, c) * np.float32(3) + uniform(2, c) * np.float32(4)
        mask = (uniform(3, n * c).reshape(n, c) > np.float32(-0.5)).astype(np.float32) * np.float32(1.5)
        y = torch.arange(n) % s["classes"]
        logits = forward(s, dict(named), torch.from_numpy(x).double(), torch.from_numpy(mask).double())
        loss = F.cross_entropy(logits, y, label_smoothing=0.1)
        loss.backward()
        gradient = torch.cat([v.grad.flatten() for _, v in named])[:: s["stride"]]
        out = torch.cat([logits.detach().flatten(), loss.detach().reshape(1), gradient]).numpy().astype("<f8")
        out.tofile(os.path.join(HERE, s["name"] + ".f64"))
    with open(os.path.join(HERE, "cases.json"), "w") as f:
        json.dump({"made_by": f"make.py, torch {torch.__version__}, numpy {np.__version__}", "cases": cases}, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
