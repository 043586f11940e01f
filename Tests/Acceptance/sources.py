"""Every container and naming of one set of weights, at real size: each must come out as PyTorch computes it, tensor for tensor the
same, and within the memory that a converter may use."""
import os
import sys

import conversion
import projects
import segformer
from report import row, run, run_json

VIT = (
    "timm-zip.pth", "timm-legacy.pth", "timm-views.pt", "jax-stored.npz", "jax-deflated.npz", "hf", "hf-bin", "hf-sharded",
    "hf-v5.safetensors")
SEGFORMER = ("hf-bin", "hf-sharded", "hf-v5", "nvlabs.pth")
MMSEGMENTATION = ("mmseg-1.pth", "mmseg-0.pth")


def written(places):
    """The files (once)."""
    folder = os.path.join(places.work, "checkpoint-sources")
    if not os.path.exists(os.path.join(folder, "versions.json")):
        run(
            sys.executable, places.fixture("checkpoint-sources", "make.py"), "--vit", conversion.b16(places), "--segformer",
            segformer.fixtures(places), "--projects", projects.written(places), "--out", folder)
    return folder


def sources(places):
    """Every other source than ONNX, of one ViT-B/16 and one SegFormer-B4."""
    folder = written(places)
    original = os.path.join(conversion.b16(places), "timm-vit")
    reference = places.output("source-reference.safetensors")
    run("mist", "convert", os.path.join(original, "model.safetensors"), "-o", reference)
    for name in VIT:
        conversion.compare(
            places, f"ViT-B/16 {name}", os.path.join(folder, "vit-b16", name), reference,
            os.path.join(original, "golden.safetensors"),
            # Nothing in the file says it, and its convention's default is another.
            *(("--heads", 12, "--epsilon", 1e-6) if name == "hf-v5.safetensors" else ()))
    half(places, os.path.join(folder, "vit-b16", "timm-bf16.pth"), os.path.join(original, "model.safetensors"))
    original = os.path.join(segformer.fixtures(places), "hf-segformer-hub")
    run("mist", "convert", os.path.join(original, "model.safetensors"), "-o", reference)
    for name in SEGFORMER:
        # NVlabs' epsilons are others, so its activations are its own.
        golden = os.path.join(projects.written(places), "nvlabs") if name == "nvlabs.pth" else original
        conversion.compare(
            places, f"SegFormer-B4 {name}", os.path.join(folder, "segformer-b4", name), reference,
            os.path.join(golden, "golden.safetensors"))
    original = os.path.join(projects.written(places), "mmseg")
    run("mist", "convert", os.path.join(original, "model.safetensors"), "-o", reference)
    for name in MMSEGMENTATION:
        conversion.compare(
            places, f"SegFormer-B4 {name}", os.path.join(folder, "segformer-b4", name), reference,
            os.path.join(original, "golden.safetensors"))


def half(places, source, original):
    """A bfloat16 checkpoint beside the one it was rounded from: the same as rounding in mist."""
    outputs = []
    for path, options in ((source, ()), (original, ("--dtype", "bf16"))):
        outputs.append(places.output(f"source-bf16-{len(outputs)}.safetensors"))
        run("mist", "convert", path, "-o", outputs[-1], *options)
    result = run_json("mist", "inspect", outputs[0], "--diff", outputs[1], status=None)
    count = len(result["tensors"])
    row(
        "ViT-B/16 timm-bf16.pth", "the same tensors as the original's with --dtype bf16",
        f"{count} tensors, {'the same' if result['same'] else 'not the same'}", result["same"])
