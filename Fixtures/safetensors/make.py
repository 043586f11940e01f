"""Writes files with the reference library, for tests that read them. Run with torch and safetensors installed.

Last run with safetensors 0.8.0, torch 2.13.0, numpy 2.4.6.
"""

import pathlib

import torch
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).parent

types = {
    "BOOL": torch.bool, "U8": torch.uint8, "I8": torch.int8, "U16": torch.uint16, "I16": torch.int16,
    "U32": torch.uint32, "I32": torch.int32, "U64": torch.uint64, "I64": torch.int64,
    "F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2, "F16": torch.float16,
    "BF16": torch.bfloat16, "F32": torch.float32, "F64": torch.float64,
}  # fmt: skip

# Every dtype holds 0, 1, 0, 1, 1, 0 as [2, 3], so that one expectation covers all of them.
tensors = {name: torch.tensor([[0, 1, 0], [1, 1, 0]]).to(dtype) for name, dtype in types.items()}
tensors["scalar"] = torch.tensor(-2.5)
tensors["empty"] = torch.zeros(0, 3)
tensors["größe \"quoted\"\n"] = torch.tensor([1.0, -1.0])
save_file(tensors, FOLDER / "dtypes.safetensors", {"format": "pt", "note": "line\nbreak \u2603 \U0001f600"})
save_file({}, FOLDER / "no-tensors.safetensors")
