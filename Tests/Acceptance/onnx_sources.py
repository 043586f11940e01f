"""ONNX at real size from other writers than the TorchScript exporter: dynamo with external data, without names, and after the
optimisers of ONNX Runtime. Each must come out as PyTorch computes it, tensor for tensor as from the safetensors file, and within the
memory that a converter may use."""
import os
import sys

import conversion
import segformer
from report import run

KINDS = ("dynamo", "dynamo-batch", "stripped", "basic", "extended", "extended-stripped", "fused")


def exported(places):
    """The ONNX files (once): ViT-B/16 of timm and transformers, SegFormer-B4 with its decode head."""
    folder = os.path.join(places.work, "onnx-sources")
    if not os.path.exists(os.path.join(folder, "versions.json")):
        run(
            sys.executable, places.fixture("onnx-sources", "make.py"), "--vit", conversion.b16(places), "--segformer",
            segformer.fixtures(places), "--out", folder)
    return folder


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
            conversion.compare(places, f"{name} {kind}.onnx", model, reference, golden)
