"""Writes models with the reference library, for tests that read them. Run with onnx, numpy and ml_dtypes.

Last run with onnx 1.23.2, numpy 2.4.6, ml_dtypes 0.6.0.
"""

import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).parent
TYPES = [
    "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "BOOL", "FLOAT16", "DOUBLE", "UINT32", "UINT64",
    "BFLOAT16", "FLOAT8E4M3FN", "FLOAT8E5M2",
]  # fmt: skip


def model(graph):
    return helper.make_model(
        graph, producer_name="fixture", opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def identity_graph(initializers):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 3])
    return helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [x, y][:1], [y], initializers)


def typed(name, raw):
    """Every type holds 0, 1, 0, 1, 1, 0 as [2, 3]."""
    kind = getattr(TensorProto, name)
    values = np.array([[0, 1, 0], [1, 1, 0]]).astype(helper.tensor_dtype_to_np_dtype(kind))
    if raw:
        return helper.make_tensor(name, kind, [2, 3], values.tobytes(), raw=True)
    return helper.make_tensor(name, kind, [2, 3], values.flatten().tolist())


for raw in (True, False):
    tensors = [typed(name, raw) for name in TYPES]
    tensors.append(helper.make_tensor("scalar", TensorProto.FLOAT, [], [-2.5]))
    tensors.append(helper.make_tensor("empty", TensorProto.FLOAT, [0, 3], []))
    tensors.append(helper.make_tensor("negative", TensorProto.INT32, [3], [-1, -(2**31), 2**31 - 1]))
    tensors.append(helper.make_tensor("negative8", TensorProto.INT8, [2], [-128, 127]))
    tensors.append(helper.make_tensor("text", TensorProto.STRING, [1], [b"word"]))
    onnx.save(model(identity_graph(tensors)), FOLDER / ("dtypes-raw.onnx" if raw else "dtypes-typed.onnx"))

# Four attribute kinds, constants, a subgraph, an optional (empty) input, metadata, an initialiser listed as input.
sub = helper.make_graph(
    [helper.make_node("Identity", ["y"], ["z"])], "branch", [], [helper.make_tensor_value_info("z", 1, [2])],
    [helper.make_tensor("hidden", TensorProto.FLOAT, [1], [1.0])])
nodes = [
    helper.make_node("Constant", [], ["two"], "const", value=helper.make_tensor("", TensorProto.INT64, [1], [2])),
    helper.make_node("ConstantOfShape", ["two"], ["fill"], value=helper.make_tensor("v", TensorProto.FLOAT, [1], [7.5])),
    helper.make_node("MatMul", ["x", "onnx::MatMul_1"], ["product"], "/layer/MatMul"),
    helper.make_node("Add", ["layer.bias", "product"], ["y"], "/layer/Add"),
    helper.make_node("Resize", ["y", "", "two"], ["resized"], "resize", mode="cubic", cubic_coeff_a=-0.75,
                     antialias=0, axes=[2, -1]),
    helper.make_node("If", ["c"], ["out"], "if", then_branch=sub, else_branch=sub),
    helper.make_node("Custom", ["out"], ["last"], "custom", domain="org.example", scales=[1.0, 0.5],
                     keys=["a", "b"]),
]  # fmt: skip
graph = helper.make_graph(
    nodes, "g",
    [helper.make_tensor_value_info("x", 1, ["batch", 4]), helper.make_tensor_value_info("c", 9, []),
     helper.make_tensor_value_info("layer.bias", 1, [2])],
    [helper.make_tensor_value_info("last", 1, None)],
    [numpy_helper.from_array(np.arange(8, dtype=np.float32).reshape(4, 2), "onnx::MatMul_1"),
     numpy_helper.from_array(np.array([0.5, -0.5], np.float32), "layer.bias")],
)  # fmt: skip
whole = model(graph)
helper.set_model_props(whole, {"author": "fixture", "task": "test"})
onnx.save(whole, FOLDER / "graph.onnx")

outside = model(identity_graph([
    numpy_helper.from_array(np.arange(6, dtype=np.float32).reshape(2, 3), "first"),
    numpy_helper.from_array(np.arange(5, dtype=np.int64), "second"),
]))
(FOLDER / "external.bin").unlink(missing_ok=True)
onnx.save_model(outside, FOLDER / "external.onnx", save_as_external_data=True, all_tensors_to_one_file=True,
                location="external.bin", size_threshold=0)
