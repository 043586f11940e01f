"""Conversion at real size: what timm and transformers write must come out as PyTorch computes it."""
import glob
import os
import shutil
import sys

from report import MEBIBYTE, peak_memory, row, run, run_json

TOLERANCE = 1e-4
ONNX_RUNTIME_TOLERANCE = 1e-3
# What a conversion may hold beside its largest tensor.
MEMORY = 64 * MEBIBYTE


def memory_limit(reference):
    """The bytes that converting the weights of this safetensors file may take."""
    from safetensors import safe_open

    with safe_open(reference, "np") as file:
        return MEMORY + max(file.get_tensor(name).nbytes for name in file.keys())


def worst(result):
    """The largest relative error of a `mist verify --json` result, and the tensor it belongs to."""
    tensor = max(result["tensors"], key=lambda t: t["relativeError"])
    return tensor["relativeError"], tensor["name"], len(result["tensors"])


def same_tensors(path, reference):
    """Canonical tensors in common, and how many of them differ in a byte."""
    from safetensors import safe_open

    with safe_open(path, "np") as found, safe_open(reference, "np") as expected:
        common = [n for n in expected.keys() if n in found.keys()]
        # A folded batch norm changes the convolution before it.
        folded = any(n.startswith("decode_head.batch_norm") for n in expected.keys())
        compared = [n for n in common if not (folded and n == "decode_head.fuse.weight")]
        different = [n for n in compared if found.get_tensor(n).tobytes() != expected.get_tensor(n).tobytes()]
    return len(compared), different


def compare(places, title, source, reference, golden, *options):
    """Converts one source of the weights that `reference` holds; one row."""
    output = places.output("source-converted.safetensors")
    peak = peak_memory("mist", "convert", source, "-o", output, *options)[1]
    compared, different = same_tensors(output, reference)
    error, tensor, count = worst(run_json("mist", "verify", output, "--golden", golden, status=None))
    limit = memory_limit(reference)
    row(
        title,
        f"within {TOLERANCE:g} of PyTorch, tensors as from safetensors, peak at most {limit / MEBIBYTE:.0f} MiB",
        f"worst {error:.1e} ({tensor}) of {count}; {compared - len(different)} of {compared} tensors identical; peak "
        f"{peak / MEBIBYTE:.0f} MiB", error <= TOLERANCE and not different and peak <= limit)


def b16(places):
    """ViT-B/16 with random weights, written by the real libraries (once)."""
    folder = os.path.join(places.work, "b16")
    if not os.path.exists(os.path.join(folder, "versions.json")):
        run(sys.executable, places.fixture("vit", "make.py"), "--size", "b16", "--out", folder)
    return folder


def vit_b16(places):
    """ViT-B/16 from timm and transformers, safetensors and ONNX."""
    folder = b16(places)
    for model in sorted(glob.glob(os.path.join(folder, "*", "model.*"))):
        if not model.endswith((".safetensors", ".onnx")):
            continue
        name = os.path.relpath(model, folder)
        output = places.output("b16-converted.safetensors")
        peak = peak_memory("mist", "convert", model, "-o", output)[1]
        limit = memory_limit(output)
        goldens = sorted(glob.glob(os.path.join(os.path.dirname(model), "golden*.safetensors")))
        found = [worst(run_json("mist", "verify", output, "--golden", golden, status=None)) for golden in goldens]
        error, tensor, _ = max(found)
        count = sum(count for _, _, count in found)
        row(
            f"ViT-B/16 {name}", f"every tensor within {TOLERANCE:g}, peak at most {limit / MEBIBYTE:.0f} MiB",
            f"worst {error:.1e} ({tensor}) of {count} tensors; peak {peak / MEBIBYTE:.0f} MiB",
            error <= TOLERANCE and peak <= limit)


def broken_keys(places):
    """A checkpoint with one key renamed, missing or extra."""
    from safetensors.numpy import load_file, save_file

    source = os.path.join(b16(places), "timm-vit")
    weights = load_file(os.path.join(source, "model.safetensors"))
    key = "blocks.7.attn.proj.weight"
    cases = {
        "renamed": {("blocks.7.attn.projection.weight" if k == key else k): v for k, v in weights.items()},
        "missing": {k: v for k, v in weights.items() if k != key},
        "extra": {**weights, "blocks.7.attn.proj.scale": weights["norm.bias"]},
    }
    expected = {"renamed": "blocks.7.attn.projection.weight", "missing": key, "extra": "blocks.7.attn.proj.scale"}
    for case, tensors in cases.items():
        path = places.output("broken", "model.safetensors")
        shutil.copy(os.path.join(source, "config.json"), os.path.dirname(path))
        save_file(tensors, path)
        output = places.output("broken", "out.safetensors")
        _, errors, _ = run("mist", "convert", path, "-o", output, status=65)
        clean = expected[case] in errors and not os.path.exists(output)
        row(f"one key {case}", f"refused, naming {expected[case]}", errors.strip().splitlines()[-1][:160], clean)


def dinov2(places):
    """The real DINOv2 ONNX beside ONNX Runtime on real images."""
    converted = places.real_model()
    images = sorted(glob.glob(places.fixture("images", "*.*g")))
    images += sorted(glob.glob(os.path.join(places.data, "cifar10-vtab", "test", "*", "*.jpg")))[::250]
    golden = places.output("dinov2-golden.safetensors")
    run(sys.executable, places.fixture("dinov2-focus", "make.py"), places.model, *images, "--out", golden)
    result = run_json("mist", "verify", converted, "--golden", golden, "--tolerance", ONNX_RUNTIME_TOLERANCE, status=None)
    error, tensor, count = worst(result)
    row(
        f"DINOv2 ViT-S/14 ONNX, {len(images)} images", f"within {ONNX_RUNTIME_TOLERANCE:g} of ONNX Runtime",
        f"worst {error:.1e} ({tensor}) of {count} tensors", error <= ONNX_RUNTIME_TOLERANCE)
