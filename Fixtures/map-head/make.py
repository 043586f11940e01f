#!/usr/bin/env python3
"""Goldens of the edge network on feature maps: logits, loss and every parameter's gradient, from PyTorch autograd in float64 on
the plain form of the network (every level's residual stream formed in full), and of bilinear resizing. Needs torch.

Parameters, features, dropout masks and labels are not stored: they come from a counter-based generator (`uniform`) that the
test repeats bit for bit. `<case>.f32` holds, as little-endian float32: logits [H'·W', classes], the loss (mean over labelled
positions), and the gradients of the parameters in `MapHeadLayout`'s order. `resize.f32` holds, per entry of `resizes`, the
resized map and the gradient of the input for the gradient `uniform` draws. `cases.json` lists the cases.
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
    """[(name, tensor)] in MapHeadLayout's order: gains around 1, all else around 0, and no tensor zero."""
    r, k, d = s["rank"], s["classes"], s["hidden"]
    rows = d or k
    shapes = []
    for i, level in enumerate(s["levels"]):
        c = level["channels"]
        if s["inputNorm"]:
            shapes += [(f"levels.{i}.input_norm.weight", (c,)), (f"levels.{i}.input_norm.bias", (c,))]
        for j in range(level["depth"]):
            b = f"levels.{i}.blocks.{j}"
            shapes += [(b + ".norm.weight", (c,)), (b + ".norm.bias", (c,)), (b + ".qkv.weight", (3 * r, c)),
                       (b + ".out.weight", (c, r))]
        if s["norm"]:
            shapes += [(f"levels.{i}.norm.weight", (c,)), (f"levels.{i}.norm.bias", (c,))]
        shapes.append((f"levels.{i}.product.weight", (rows, c)))
    shapes.append(("bias", (rows,)))
    if d:
        shapes += [("classifier.weight", (k, d)), ("classifier.bias", (k,))]
    out = []
    for i, (name, shape) in enumerate(shapes):
        u = uniform(100 + i, int(np.prod(shape))).reshape(shape)
        if name.endswith("norm.weight"):
            u = np.float32(1) + np.float32(0.5) * u
        elif name.endswith("weight"):
            u = u * np.float32(0.25)
        out.append((name, torch.from_numpy(u).double().requires_grad_(True)))
    return out


def pool(x, side, h, w):
    """Mean over side x side windows of [h·w, c]; cut windows over what is there."""
    x = x.T.reshape(1, -1, h, w)
    return F.avg_pool2d(x, side, ceil_mode=True, count_include_pad=False).flatten(2)[0].T


def forward(s, p, maps, mask):
    r = s["rank"]
    y = 0
    for i, (level, x) in enumerate(zip(s["levels"], maps)):
        h, w, c, side = (level[n] for n in ("height", "width", "channels", "reduction"))
        norm = lambda x, n: F.layer_norm(x, (c,), p[f"levels.{i}.{n}.weight"], p[f"levels.{i}.{n}.bias"], EPS)
        if s["inputNorm"]:
            x = norm(x, "input_norm")
        for j in range(level["depth"]):
            q, k, v = (norm(x, f"blocks.{j}.norm") @ p[f"levels.{i}.blocks.{j}.qkv.weight"].T).split(r, -1)
            k, v = pool(k, side, h, w), pool(v, side, h, w)
            x = x + torch.softmax(q @ k.T * r**-0.5, -1) @ v @ p[f"levels.{i}.blocks.{j}.out.weight"].T
        if s["norm"]:
            x = norm(x, "norm")
        z = (x @ p[f"levels.{i}.product.weight"].T).T.reshape(1, -1, h, w)
        y = y + F.interpolate(z, size=(s["outputHeight"], s["outputWidth"]), mode="bilinear", align_corners=False)
    y = y[0].flatten(1).T + p["bias"]
    return (F.relu(y) * mask) @ p["classifier.weight"].T + p["classifier.bias"] if s["hidden"] else y


def pyramid(depths, sizes=((6, 10), (3, 5), (2, 3)), channels=(12, 20, 9), reductions=(4, 2, 1)):
    return [dict(height=h, width=w, channels=c, depth=d, reduction=r)
            for (h, w), c, d, r in zip(sizes, channels, depths, reductions)]


def main():
    base = dict(outputHeight=6, outputWidth=10, classes=5, hidden=0, rank=4, inputNorm=False, norm=True)
    # One per line: what a case adds to the others.
    cases = [
        dict(base, name="linear-none", levels=pyramid((0, 0, 0))),
        dict(base, name="linear-all", levels=pyramid((2, 1, 3))),
        dict(base, name="linear-final-input", levels=pyramid((0, 0, 3)), inputNorm=True),
        dict(base, name="mlp-none", levels=pyramid((0, 0, 0)), hidden=16),
        dict(base, name="mlp-imported", levels=pyramid((0, 0, 0)), hidden=16, norm=False),
        dict(base, name="mlp-all", levels=pyramid((2, 3, 1)), hidden=16),
        dict(base, name="mlp-all-input", levels=pyramid((3, 1, 2)), hidden=16, inputNorm=True),
        dict(base, name="mlp-final", levels=pyramid((0, 0, 4)), hidden=16),
        dict(base, name="mlp-all-plain", levels=pyramid((2, 1, 3)), hidden=16, norm=False),
        dict(base, name="mlp-all-plain-input", levels=pyramid((2, 1, 3)), hidden=16, norm=False, inputNorm=True),
        dict(base, name="one-level", levels=pyramid((3,), ((5, 7),), (20,), (1,)), outputHeight=18, outputWidth=25),
        dict(base, name="one-level-cut", levels=pyramid((2,), ((7, 5),), (20,), (3,)), outputHeight=18, outputWidth=25,
             hidden=12, inputNorm=True),
        dict(base, name="larger-grid", levels=pyramid((1, 0, 2)), outputHeight=13, outputWidth=19, hidden=16),
        dict(base, name="smaller-grid", levels=pyramid((1, 2, 0)), outputHeight=4, outputWidth=5),
        # More queries than a strip of the attention holds, and more output rows than one of the classifier.
        dict(base, name="strips", levels=pyramid((2, 1), ((40, 41), (20, 21)), (16, 24), (2, 1)), outputHeight=40,
             outputWidth=41, classes=7, hidden=128, rank=8),
    ]
    for s in cases:
        named = make_parameters(s)
        maps = []
        for i, level in enumerate(s["levels"]):
            t, c = level["height"] * level["width"], level["channels"]
            x = uniform(10 + i, t * c).reshape(t, c) * np.float32(3) + uniform(30 + i, c) * np.float32(4)
            maps.append(torch.from_numpy(x).double())
        positions = s["outputHeight"] * s["outputWidth"]
        mask = (uniform(3, max(1, s["hidden"])) > np.float32(-0.5)).astype(np.float32) * np.float32(1.5)
        u = uniform(4, positions)
        labels = np.where(u > np.float32(0.6), 255, np.floor((u + 1) * np.float32(64)).astype(np.int64) % s["classes"])
        logits = forward(s, dict(named), maps, torch.from_numpy(mask).double())
        loss = F.cross_entropy(logits, torch.from_numpy(labels), ignore_index=255)
        loss.backward()
        parts = [logits.detach().flatten(), loss.detach().reshape(1)] + [v.grad.flatten() for _, v in named]
        torch.cat(parts).numpy().astype("<f4").tofile(os.path.join(HERE, s["name"] + ".f32"))
    resizes = [dict(height=h, width=w, outputHeight=H, outputWidth=W, channels=c) for h, w, H, W, c in (
        (3, 5, 6, 10, 4), (5, 7, 18, 25, 11), (13, 9, 4, 5, 3), (4, 6, 4, 6, 8), (1, 1, 3, 2, 9), (7, 3, 3, 11, 2))]
    parts = []
    for s in resizes:
        h, w, c = s["height"], s["width"], s["channels"]
        x = torch.from_numpy(uniform(50, h * w * c)).reshape(1, h, w, c).permute(0, 3, 1, 2).double().requires_grad_(True)
        y = F.interpolate(x, size=(s["outputHeight"], s["outputWidth"]), mode="bilinear", align_corners=False)
        last = y.permute(0, 2, 3, 1)
        last.backward(torch.from_numpy(uniform(51, last.numel())).reshape(last.shape).double())
        parts += [last.detach().flatten(), x.grad.permute(0, 2, 3, 1).flatten()]
    torch.cat(parts).numpy().astype("<f4").tofile(os.path.join(HERE, "resize.f32"))
    with open(os.path.join(HERE, "cases.json"), "w") as f:
        json.dump({"made_by": f"make.py, torch {torch.__version__}, numpy {np.__version__}", "cases": cases,
                   "resizes": resizes}, f, indent=1)
        f.write("\n")


main()
