"""ONNX at real size from other writers than the TorchScript exporter: dynamo with external data, without names, and after the
optimisers of ONNX Runtime. Each must come out as PyTorch computes it, tensor for tensor as from the safetensors file, and within the
memory that a converter may use."""
import os
import sys

import conversion
import segformer
from report import peak_memory, row, run, run_json

KINDS = ("dynamo", "dynamo-batch", "stripped", "basic", "extended", "extended-stripped", "fused")


def exported(places):
    """The ONNX files (once): ViT-B/16 of timm and transformers, SegFormer-B4 with its decode head."""
    folder = os.path.join(places.work, "onnx-sources")
    if not os.path.exists(os.path.join(folder, "versions.json")):
        run(
            sys.executable, places.fixture("onnx-sources", "make.py"), "--vit", conversion.b16(places), "--segformer",
            segformer.fixtures(places), "--out", folder)
    return folder


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


def sources(places):
    """ONNX by dynamo, without names, and rewritten by ONNX Runtime."""
    folder = exported(places)
    originals = {"timm-vit": conversion.b16(places), "hf-vit": conversion.b16(places), "hf-segformer-hub": segformer.fixtures(places)}
    for name, root in originals.items():
        reference = places.output("onnx-reference.safetensors")
        run("mist", "convert", os.path.join(root, name, "model.safetensors"), "-o", reference)
        golden = os.path.join(root, name, "golden.safetensors")
        for kind in KINDS:
            model = os.path.join(folder, name, kind + ".onnx")
            if not os.path.exists(model):
                continue
            output = places.output("onnx-converted.safetensors")
            peak = peak_memory("mist", "convert", model, "-o", output)[1]
            compared, different = same_tensors(output, reference)
            error, tensor, count = conversion.worst(
                run_json("mist", "verify", output, "--golden", golden, status=None))
            limit = conversion.memory_limit(reference)
            row(
                f"{name} {kind}.onnx",
                f"within {conversion.TOLERANCE:g} of PyTorch, tensors as from safetensors, peak at most "
                f"{limit / conversion.MEBIBYTE:.0f} MiB",
                f"worst {error:.1e} ({tensor}) of {count}; {compared - len(different)} of {compared} tensors identical; peak "
                f"{peak / conversion.MEBIBYTE:.0f} MiB",
                error <= conversion.TOLERANCE and not different and peak <= limit)
