"""Writes golden values of conversions between floating-point types. Run with torch and safetensors installed.

`f32` holds ties, limits, subnormal results, infinities, NaN and random bit patterns; `f16` and `bf16` what torch
rounds them to; `e4m3` and `e5m2` the values of all 256 patterns of the 8-bit types; `f64` and `f64_as_f32` the same
for doubles. Last run with torch 2.13.0, safetensors 0.8.0.
"""

import pathlib

import torch
from safetensors.torch import save_file

torch.manual_seed(1)
special = [
    0.0, -0.0, 1.0, -1.0, 65504.0, 65519.996, 65520.0, 65536.0, -65520.0, 1e38, float("inf"), -float("inf"),
    float("nan"), 2.0**-14, 2.0**-15, 2.0**-24, 2.0**-25, 2.0**-25 * 1.0001, 3 * 2.0**-25, 2.0**-26, 1e-45,
    1 + 2.0**-11, 1 + 3 * 2.0**-11, 1 + 2.0**-11 + 2.0**-23, 1 + 2.0**-8, 1 + 3 * 2.0**-8, 3.3895313e38, 3.4e38,
    6.1035156e-05, 6.097555e-05, 0.33333334, 1023.75,
]  # fmt: skip
bits = torch.randint(-(2**31), 2**31, (1000,), dtype=torch.int64).to(torch.int32)
near = (torch.randn(1000) * torch.exp2(torch.randint(-26, 17, (1000,)).float()))
f32 = torch.cat([torch.tensor(special), bits.view(torch.float32), near])
patterns = torch.arange(256, dtype=torch.int32).to(torch.uint8)
f64 = torch.cat([torch.tensor([1 + 2.0**-24, 1 + 3 * 2.0**-24, 1e300, -1e300, 1e-50], dtype=torch.float64),
                 torch.randn(100, dtype=torch.float64)])
save_file(
    {
        "f32": f32,
        "f16": f32.half(),
        "bf16": f32.bfloat16(),
        "e4m3": patterns.view(torch.float8_e4m3fn).float(),
        "e5m2": patterns.view(torch.float8_e5m2).float(),
        "f64": f64,
        "f64_as_f32": f64.float(),
    },
    pathlib.Path(__file__).parent / "conversions.safetensors",
)
