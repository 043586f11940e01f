#!/usr/bin/env python3
"""Position embeddings resized by torch.nn.functional.interpolate, as safetensors: the references for both methods.

  python3 make.py        writes resized.safetensors and versions.json beside itself

Tensors: `source` [5, 7, C], and per method and size `bicubic_<rows>x<columns>` and `bicubic-antialiased_<rows>x<columns>`,
each [rows, columns, C]: growing, shrinking, one of each, and a single row.
"""
import json, os, platform

import safetensors, torch
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = [(9, 12), (3, 4), (8, 3), (2, 11), (1, 7), (5, 14), (37, 37)]

source = torch.randn(5, 7, 3, generator=torch.Generator().manual_seed(1))
tensors = {"source": source}
for rows, columns in SIZES:
    for method, antialias in (("bicubic", False), ("bicubic-antialiased", True)):
        out = torch.nn.functional.interpolate(
            source.permute(2, 0, 1)[None], size=(rows, columns), mode="bicubic", align_corners=False, antialias=antialias)
        tensors[f"{method}_{rows}x{columns}"] = out[0].permute(1, 2, 0).contiguous()
save_file(tensors, os.path.join(HERE, "resized.safetensors"))
with open(os.path.join(HERE, "versions.json"), "w") as f:
    json.dump({"python": platform.python_version(), "torch": torch.__version__, "safetensors": safetensors.__version__}, f, indent=2)
    f.write("\n")
