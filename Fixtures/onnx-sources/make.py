#!/usr/bin/env python3
"""The models of Fixtures/vit and Fixtures/segformer as other ONNX files than the TorchScript exporter's.

  python3 make.py                                        the committed fixtures, beside this script
  python3 make.py --vit DIR --segformer DIR --out DIR    the same of models that those folders' make.py wrote at real size

Every folder below --out is one model of the same name; its weights are those of that model's model.safetensors:
  dynamo.onnx         torch.onnx.export(dynamo=True), opset 18, large tensors in dynamo.onnx.data
  dynamo-batch.onnx   the same with a symbolic batch, in one file
  stripped.onnx       dynamo.onnx with every name of a node, tensor and value replaced by a number, without metadata
  basic.onnx          dynamo.onnx as ONNX Runtime saves it after its basic optimisations
  extended.onnx       the same after its extended ones (com.microsoft operators)
  extended-stripped.onnx   that, without names
  fused.onnx          dynamo.onnx after onnxruntime.transformers.optimizer
"""
import argparse, importlib.util, json, os, platform, sys, warnings

import numpy as np
import onnx
import onnxruntime
import torch

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))


def script(folder):
    spec = importlib.util.spec_from_file_location(folder, os.path.join(HERE, "..", folder, "make.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


vit, segformer = script("vit"), script("segformer")
import timm, transformers
from safetensors.torch import load_file
from timm.layers import SwiGLUPacked
from timm.models.vision_transformer import VisionTransformer

# What the committed files show; real sizes get every kind.
COMMITTED = {
    "timm-vit": ["dynamo", "extended-stripped", "basic"],
    "timm-dinov2-reg": ["extended"],
    "timm-prenorm": ["stripped"],
    "hf-vit": ["dynamo-batch", "fused"],
    "hf-dinov2": ["stripped"],
    "hf-dinov2-registers": ["extended"],
    "hf-segformer-hub": ["stripped", "extended", "extended-stripped"],
    "hf-segformer-classifier": ["basic"],
}
KINDS = ["dynamo", "dynamo-batch", "stripped", "basic", "extended", "extended-stripped", "fused"]


def load(name, folder):
    """The module that is exported and the size of its input."""
    with open(os.path.join(folder, "config.json")) as f:
        config = json.load(f)
    if name.startswith("timm"):
        arguments = {k: {"SwiGLUPacked": SwiGLUPacked, "SiLU": torch.nn.SiLU}.get(v, v) for k, v in config["model_args"].items()}
        model = VisionTransformer(**arguments).eval()
        state = load_file(os.path.join(folder, "model.safetensors"))
        model.load_state_dict({k.replace("module.backbone.", ""): v for k, v in state.items()})
        return model, arguments["img_size"]
    whole = getattr(transformers, config["architectures"][0]).from_pretrained(folder).eval()
    if "segformer" in name:
        output = "last_hidden_state" if name.endswith("encoder") else "logits"
        return segformer.Output(whole, output), 512 if os.path.getsize(os.path.join(folder, "model.safetensors")) > 10**7 else 64
    if isinstance(whole, transformers.Dinov2WithRegistersModel):
        # its antialiased resize of position embeddings has no ONNX operator, and at the trained size does nothing
        whole.embeddings.interpolate_pos_encoding = lambda *_: whole.embeddings.position_embeddings
    return vit.LastHiddenState(whole), whole.config.image_size


def export(model, size, path, batch, external):
    images = torch.randn(2 if batch else 1, 3, size, size, generator=torch.Generator().manual_seed(1))
    shapes = ({0: torch.export.Dim("batch", min=1, max=64)},) if batch else None
    torch.onnx.export(model, (images,), path, dynamo=True, opset_version=18, dynamic_shapes=shapes, external_data=external,
                      verbose=False)


def strip(source, target, external):
    """Without names: numbers for nodes, tensors and values; the graph's inputs and outputs keep theirs."""
    model = onnx.load(source)
    graph, names = model.graph, {}
    kept = {v.name for v in [*graph.input, *graph.output]} | {""}

    def rename(name):
        return name if name in kept else names.setdefault(name, f"t{len(names)}")

    for tensor in graph.initializer:
        tensor.name = rename(tensor.name)
        del tensor.metadata_props[:]
    for i, node in enumerate(graph.node):
        node.name, node.doc_string = f"n{i}", ""
        del node.metadata_props[:]
        for names_of in (node.input, node.output):
            for k, name in enumerate(names_of):
                names_of[k] = rename(name)
    del graph.value_info[:]
    for holder in (graph, model, *graph.input, *graph.output):
        del holder.metadata_props[:]
    onnx.save(model, target, save_as_external_data=external, location=os.path.basename(target) + ".data")


def optimise(source, target, level):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    options.optimized_model_filepath = target
    options.log_severity_level = 3
    onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def make(name, folder, out, kinds, large):
    target = lambda kind: os.path.join(out, name, kind + ".onnx")
    os.makedirs(os.path.join(out, name), exist_ok=True)
    print(name, flush=True)
    model, size = load(name, folder)
    export(model, size, target("dynamo"), batch=False, external=large or "dynamo" in kinds)
    if "dynamo-batch" in kinds:
        export(model, size, target("dynamo-batch"), batch=True, external=large)
    if "stripped" in kinds:
        strip(target("dynamo"), target("stripped"), large)
    levels = onnxruntime.GraphOptimizationLevel
    if "basic" in kinds:
        optimise(target("dynamo"), target("basic"), levels.ORT_ENABLE_BASIC)
    if "extended" in kinds or "extended-stripped" in kinds:
        optimise(target("dynamo"), target("extended"), levels.ORT_ENABLE_EXTENDED)
    if "extended-stripped" in kinds:
        strip(target("extended"), target("extended-stripped"), large)
    if "fused" in kinds:
        from onnxruntime.transformers import optimizer

        with open(os.path.join(folder, "config.json")) as f:
            config = json.load(f)
        arguments = config.get("model_args", {})
        heads = arguments.get("num_heads") or config["num_attention_heads"]
        width = arguments.get("embed_dim") or config["hidden_size"]
        fused = optimizer.optimize_model(target("dynamo"), model_type="vit", num_heads=heads, hidden_size=width, opt_level=0)
        fused.save_model_to_file(target("fused"), use_external_data_format=large)
    for kind in ("dynamo", "extended"):
        if kind not in kinds:
            for path in (target(kind), target(kind) + ".data"):
                if os.path.exists(path):
                    os.remove(path)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--vit", help="folder that Fixtures/vit/make.py wrote")
    arguments.add_argument("--segformer", help="folder that Fixtures/segformer/make.py wrote")
    arguments.add_argument("--out", default=HERE)
    options = arguments.parse_args()
    os.makedirs(options.out, exist_ok=True)
    if options.vit or options.segformer:
        cases = [(options.vit, n) for n in ("timm-vit", "hf-vit")] + [(options.segformer, "hf-segformer-hub")]
        for root, name in cases:
            if root:
                kinds = [k for k in KINDS if "segformer" not in name or k not in ("fused", "dynamo-batch")]
                make(name, os.path.join(root, name), options.out, kinds, True)
    else:
        for name, kinds in COMMITTED.items():
            root = os.path.join(HERE, "..", "segformer" if "segformer" in name else "vit")
            make(name, os.path.join(root, name), options.out, kinds, False)
    import onnxscript

    modules = (torch, timm, transformers, onnx, onnxruntime, onnxscript, np)
    with open(os.path.join(options.out, "versions.json"), "w") as f:
        json.dump({"python": platform.python_version(), **{m.__name__: m.__version__ for m in modules}}, f, indent=2)
        f.write("\n")


if __name__ == "__main__":
    main()
