#!/usr/bin/env python3
"""Arrays of every kind that NumPy and JAX write into .npz files, and the same as safetensors.

  python3 make.py          writes arrays.npz, arrays-compressed.npz and expected.safetensors beside itself
"""
import json, os, platform, zipfile

import ml_dtypes, numpy as np, safetensors, torch
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))


def arrays():
    rng = np.random.default_rng(7)
    out = {}
    for kind in ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"):
        limits = np.iinfo(kind)
        out["integers/" + kind] = np.array([[limits.min, limits.max, 1], [2, 3, 4]], dtype=kind)
    for kind in ("f2", "f4", "f8"):
        out["floats/" + kind] = np.array([0.5, -0.0, np.inf, -np.inf, np.finfo(kind).tiny, 1 / 3], dtype=kind)
        out["big-endian/" + kind] = out["floats/" + kind].astype(">" + kind)
    out["big-endian/i4"] = np.array([[1, 256], [-65536, 7]], dtype=">i4")
    out["bool"] = np.array([True, False, True])
    out["bfloat16"] = np.array([1.0, -2.5, 3e38], dtype=ml_dtypes.bfloat16)
    out["scalar"] = np.float32(2.5)
    out["empty"] = np.zeros((3, 0, 2), np.float32)
    volume = rng.standard_normal((4, 1, 3, 5)).astype(np.float32)
    out["column-major/f4"] = np.asfortranarray(volume)
    out["column-major/big-endian"] = np.asfortranarray(volume[0, 0].astype(">f8"))
    out["column-major/bytes"] = np.asfortranarray(np.arange(6, dtype=np.uint8).reshape(2, 3))
    out["größe"] = np.arange(4, dtype=np.float32)
    return out


def tensor(array):
    if array.dtype == ml_dtypes.bfloat16:
        return torch.from_numpy(array.view(np.uint16).copy()).view(torch.bfloat16)
    plain = np.array(array.astype(array.dtype.newbyteorder("=")), order="C", copy=True)
    return torch.from_numpy(plain)


def main():
    values = arrays()
    np.savez(os.path.join(HERE, "arrays.npz"), **values)
    np.savez_compressed(os.path.join(HERE, "arrays-compressed.npz"), **values)
    with zipfile.ZipFile(os.path.join(HERE, "versions.npz"), "w") as archive:
        for version in ((1, 0), (2, 0), (3, 0)):
            with archive.open(zipfile.ZipInfo(f"v{version[0]}.npy"), "w") as member:
                np.lib.format.write_array(member, np.arange(6, dtype=np.float32).reshape(2, 3), version=version)
    save_file({name: tensor(np.asarray(a)) for name, a in values.items()}, os.path.join(HERE, "expected.safetensors"))
    versions = {m.__name__: m.__version__ for m in (np, ml_dtypes, torch, safetensors)}
    with open(os.path.join(HERE, "versions.json"), "w") as f:
        json.dump({"python": platform.python_version(), **versions}, f, indent=2)
        f.write("\n")


main()
