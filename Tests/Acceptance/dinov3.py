"""DINOv3 at real size: what timm and transformers write, and Facebook's names for it, must come out as PyTorch computes it, from every
format; there and back the same bytes."""
import os
import sys

import destinations
from conversion import TOLERANCE, compare, worst
from libraries import with_timm, with_transformers
from report import row, run, run_json

# Every model, the one that its tensors must be equal to, and the one whose goldens are its own: Facebook's files are of transformers'
# weights, with rounded periods of the rotations.
SOURCES = {
    "timm": ("timm", "timm"), "timm-qkvb": ("timm-qkvb", "timm-qkvb"), "hf": ("hf", "hf"), "hub": ("hf", "hub"),
    "hub-untied": ("hf", "hub")}
SIZES = ("s16", "s16plus", "b16")
GRAPHS = ("model.onnx", "model-dynamo.onnx", "model-stripped.onnx")


def written(places, size):
    """The models of one size by the real libraries (once)."""
    folder = os.path.join(places.work, "dinov3-" + size)
    if not os.path.exists(os.path.join(folder, "versions.json")):
        run(sys.executable, places.fixture("dinov3", "make.py"), "--size", size, "--out", folder)
    return folder


def sources(places, size):
    """Every file of one size, beside PyTorch and beside the weights of the plain one."""
    folder = written(places, size)
    for name, (original, golden) in SOURCES.items():
        reference = places.output(f"dinov3-{name}.safetensors")
        run("mist", "convert", os.path.join(folder, name, "model.safetensors"), "-o", reference)
        base = places.output(f"dinov3-{original}.safetensors")
        goldens = os.path.join(folder, golden)
        for model in ("model.safetensors", *GRAPHS):
            source = os.path.join(folder, name, model)
            if os.path.exists(source):
                compare(places, f"DINOv3 {size} {name} {model}", source, base, os.path.join(goldens, "golden.safetensors"))
        result = run_json("mist", "verify", reference, "--golden", os.path.join(goldens, "golden-resized.safetensors"), status=None)
        error, tensor, count = worst(result)
        row(f"DINOv3 {size} {name}, 240 x 176", f"every tensor within {TOLERANCE:g}", f"worst {error:.1e} ({tensor}) of {count}",
            error <= TOLERANCE)


def there_and_back(places, size):
    """To timm and transformers, opened by them, and back."""
    folder = written(places, size)
    for name in ("timm", "timm-qkvb", "hf"):
        images, expected = destinations.golden(os.path.join(folder, name), "input", "final_norm")
        files, peaks = {}, {}
        for to, load in {"timm": with_timm, "hf": with_transformers}.items():
            files[to], peaks[to] = destinations.converted(
                places, os.path.join(folder, name, "model.safetensors"), to, f"dinov3-{size}-{name}-{to}")
            destinations.features(
                f"DINOv3 {size} {name} to {to}", lambda: load(files[to], images), expected, destinations.TOLERANCE, "")
        files["canonical"], peaks["canonical"] = destinations.converted(
            places, os.path.join(folder, name, "model.safetensors"), "canonical", f"dinov3-{size}-{name}-canonical.safetensors")
        destinations.memory(f"DINOv3 {size} {name}", peaks.values(), files["canonical"])
        destinations.there_and_back(places, f"DINOv3 {size} {name}", files)


def dinov3(places):
    """DINOv3 S/16, S+/16 and B/16 by timm, transformers and in Facebook's names, safetensors and ONNX."""
    for size in SIZES:
        sources(places, size)
        there_and_back(places, size)
