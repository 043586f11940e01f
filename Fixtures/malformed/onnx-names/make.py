#!/usr/bin/env python3
"""ONNX models that are well formed, but whose parameters cannot be named (Formats/onnx-name-recovery.md).

  python3 make.py        writes the files beside this script; needs onnx and numpy

All are one patch embedding, one norm, the part under test, and a last norm, over 4 channels.
"""
import os

import numpy as np
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))


def write(name, nodes, tensors, result, stem="patch_embed.proj"):
    """`nodes` continue from value `normed`; `result` is the value that enters the last norm."""
    rng = np.random.default_rng(1)
    values = {
        stem + ".weight": rng.standard_normal((4, 3, 2, 2)), stem + ".bias": rng.standard_normal(4),
        "blocks.0.norm1.weight": rng.standard_normal(4), "blocks.0.norm1.bias": rng.standard_normal(4),
        "norm.weight": rng.standard_normal(4), "norm.bias": rng.standard_normal(4),
    }
    values.update({k: rng.standard_normal(shape) for k, shape in tensors.items()})
    initializers = [numpy_helper.from_array(v.astype(np.float32), k) for k, v in values.items()]
    initializers.append(numpy_helper.from_array(np.array([4, 4], np.int64), "onnx::Reshape_1"))
    first = [
        helper.make_node("Conv", ["image", stem + ".weight", stem + ".bias"], ["patches"],
                         name="/" + stem.replace(".", "/") + "/Conv", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Reshape", ["patches", "onnx::Reshape_1"], ["tokens"], name="/patch_embed/Reshape"),
        helper.make_node("LayerNormalization", ["tokens", "blocks.0.norm1.weight", "blocks.0.norm1.bias"], ["normed"],
                         name="/blocks/blocks.0/norm1/LayerNormalization", epsilon=1e-6),
    ]
    if stem != "patch_embed.proj":  # a position embedding that lost its name, beside a stem of no known style
        initializers.append(numpy_helper.from_array(rng.standard_normal((1, 4, 4)).astype(np.float32), "onnx::Add_2"))
        first.insert(2, helper.make_node("Add", ["tokens", "onnx::Add_2"], ["placed"], name="/Add"))
        first[3].input[0] = "placed"
    last = helper.make_node("LayerNormalization", [result, "norm.weight", "norm.bias"], ["output"],
                            name="/norm/LayerNormalization", epsilon=1e-6)
    graph = helper.make_graph(
        first + nodes + [last], "main_graph",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 4, 4])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [4, 4])], initializers)
    model = helper.make_model(graph, producer_name="mist fixtures", opset_imports=[helper.make_opsetid("", 17)],
                              ir_version=8)
    with open(os.path.join(HERE, name + ".onnx"), "wb") as f:
        f.write(model.SerializeToString(deterministic=True))


def product(weight, value, result, name):
    return helper.make_node("MatMul", [value, weight], [result], name=name)


write("unnamed-weight", [product("onnx::MatMul_9", "normed", "10", "MatMul_9")], {"onnx::MatMul_9": (4, 4)}, "10")
write("unnamed-constant", [helper.make_node("Mul", ["normed", "onnx::Mul_9"], ["10"], name="Mul_9")],
      {"onnx::Mul_9": (4,)}, "10")
write("ambiguous-weight",
      [product("onnx::MatMul_9", "normed", "10", "/blocks/blocks.0/attn/proj/MatMul"),
       product("onnx::MatMul_10", "10", "11", "/blocks/blocks.0/attn/proj/MatMul_1")],
      {"onnx::MatMul_9": (4, 4), "onnx::MatMul_10": (4, 4)}, "11")
write("weight-shape",
      [product("onnx::MatMul_9", "normed", "10", "/blocks/blocks.0/attn/proj/MatMul"),
       helper.make_node("Add", ["blocks.0.attn.proj.bias", "10"], ["11"], name="/blocks/blocks.0/attn/proj/Add")],
      {"onnx::MatMul_9": (4, 4), "blocks.0.attn.proj.bias": (5,)}, "11")
write("scaled-product",
      [helper.make_node("Gemm", ["normed", "blocks.0.attn.proj.weight", "blocks.0.attn.proj.bias"], ["10"], alpha=0.5,
                        transB=1, name="/blocks/blocks.0/attn/proj/Gemm")],
      {"blocks.0.attn.proj.weight": (4, 4), "blocks.0.attn.proj.bias": (4,)}, "10")
write("duplicate-value",
      [helper.make_node("Relu", ["normed"], ["10"], name="Relu_9"),
       helper.make_node("Sqrt", ["normed"], ["10"], name="Sqrt_9")], {}, "10")
write("unnamed-embedding", [helper.make_node("Relu", ["normed"], ["10"], name="Relu_9")], {}, "10", stem="stem")
