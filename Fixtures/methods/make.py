#!/usr/bin/env python3
"""Goldens of the networks of LAST, LST and Partial-1: logits, loss and every parameter's gradient, from PyTorch autograd in float64 on
the plain form (networks.py). Needs torch.

Numbers are drawn and files written as in Fixtures/lae/make.py; features are `[samples, maps, T, C]`.
"""
import importlib.util
import json
import os

import numpy as np
import torch

import networks

HERE = os.path.dirname(os.path.abspath(__file__))
SPEC = importlib.util.spec_from_file_location("lae", os.path.join(HERE, "..", "lae", "make.py"))
LAE = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(LAE)

SMALL = dict(tokens=11, channels=20, classes=5, samples=3, stride=1)
CASES = [
    dict(SMALL, name="last", method="last", maps=3, depth=3, rank=4),
    dict(SMALL, name="last-two", method="last", maps=2, depth=2, rank=3, tokens=2),
    dict(SMALL, name="lst", method="lst", maps=4, width=12, heads=3, hidden=48, layerScale=False),
    dict(SMALL, name="lst-two", method="lst", maps=2, width=8, heads=1, hidden=32, layerScale=False),
    dict(SMALL, name="partial-1", method="partial-1", maps=1, channels=24, width=24, heads=3, hidden=40, layerScale=False),
    dict(SMALL, name="partial-1-scaled", method="partial-1", maps=1, width=20, heads=5, hidden=33, layerScale=True),
    dict(SMALL, name="partial-1-token", method="partial-1", maps=1, width=20, heads=2, hidden=80, layerScale=True, tokens=1),
    # ViT-S/14 at 224 x 224
    dict(name="vit-s-last", method="last", maps=7, depth=7, rank=32, tokens=257, channels=384, classes=10, samples=2, stride=97),
    dict(name="vit-s-lst", method="lst", maps=13, width=48, heads=6, hidden=192, layerScale=False, tokens=257, channels=384,
         classes=10, samples=2, stride=101),
    dict(name="vit-s-partial-1", method="partial-1", maps=1, width=384, heads=6, hidden=1536, layerScale=True, tokens=257,
         channels=384, classes=10, samples=2, stride=307),
]


def draw(i, name, shape):
    """Gains and scales around 1, all else around 0, and no tensor zero."""
    u = LAE.uniform(100 + i, int(np.prod(shape))).reshape(shape)
    if len(shape) == 1 and (name.split(".")[-1] in ("ls1", "ls2") or ("norm" in name and name.endswith(".weight"))):
        u = np.float32(1) + np.float32(0.5) * u
    elif len(shape) == 2 and not name.endswith((".out.weight", "classifier.weight")):
        u = u * np.float32(0.25)
    return torch.from_numpy(u).double().requires_grad_(True)


def main():
    for s in CASES:
        named = {name: draw(i, name, shape) for i, (name, shape) in enumerate(networks.shapes(s))}
        n, m, t, c = s["samples"], s["maps"], s["tokens"], s["channels"]
        x = LAE.uniform(1, n * m * t * c).reshape(n, m, t, c) * np.float32(3) + LAE.uniform(2, c) * np.float32(4)
        mask = (LAE.uniform(3, n * c).reshape(n, c) > np.float32(-0.5)).astype(np.float32) * np.float32(1.5)
        logits = networks.forward(s, named, torch.from_numpy(x).double(), torch.from_numpy(mask).double())
        loss = torch.nn.functional.cross_entropy(logits, torch.arange(n) % s["classes"], label_smoothing=0.1)
        loss.backward()
        gradient = torch.cat([v.grad.flatten() for v in named.values()])[:: s["stride"]]
        out = torch.cat([logits.detach().flatten(), loss.detach().reshape(1), gradient]).numpy().astype("<f8")
        out.tofile(os.path.join(HERE, s["name"] + ".f64"))
    with open(os.path.join(HERE, "cases.json"), "w") as file:
        json.dump({"made_by": f"make.py, torch {torch.__version__}, numpy {np.__version__}", "cases": CASES}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
