#!/usr/bin/env python3
"""ONNX models that are well formed, but whose parameters cannot be named (Formats/onnx-name-recovery.md).

  python3 make.py        writes the files beside this script; needs onnx and numpy

Those of segformer() are a whole SegFormer of one stage, one block and a decode head, those of dinov3() a DINOv3 of one block, one head
and one register. The others are one patch embedding, one norm, the part under test, and a last norm, over 4 channels.
"""
import os

import numpy as np
import onnx
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
write("identity-chain",
      [helper.make_node("Relu", ["normed"], ["r0"], name="Relu_9")]
      + [helper.make_node("Identity", [f"r{i}"], [f"r{i + 1}"], name=f"Identity_{i}") for i in range(65)], {}, "r65")
write("unnamed-embedding", [helper.make_node("Relu", ["normed"], ["10"], name="Relu_9")], {}, "10", stem="stem")


def strip(model):
    """Numbers for all names but those of the graph's input and output."""
    graph, names = model.graph, {}
    kept = {v.name for v in [*graph.input, *graph.output]} | {""}
    rename = lambda name: name if name in kept else names.setdefault(name, f"t{len(names)}")
    for tensor in graph.initializer:
        tensor.name = rename(tensor.name)
    for i, node in enumerate(graph.node):
        node.name = f"n{i}"
        for list in (node.input, node.output):
            for k, name in enumerate(list):
                list[k] = rename(name)


def segformer(name, change=lambda nodes: None, scale=0.5 ** 0.5, activation="Erf", named=True, factor=False, merged=False):
    """A SegFormer as transformers 5's modules export it; `change` edits the nodes by name; `named=False`: without names;
    `factor`: the patch embedding's norm has a second gain; `merged`: one product makes query, key and value, as onnxsim writes it."""
    rng = np.random.default_rng(2)
    values, nodes = {}, {}

    def node(op, scope, inputs, **attributes):
        label = "/" + scope.replace(".blocks", "/blocks").replace(".", "/").replace("stages/0", "stages.0").replace("blocks/0", "blocks.0") + "/" + op
        nodes[label] = helper.make_node(op, inputs, [label + "_output_0"], name=label, **attributes)
        return label + "_output_0"

    def parameter(key, *shape):
        values[key] = rng.standard_normal(shape)
        return key

    def conv(scope, x, out, inside, kernel, stride, pad, group=1):
        w, b = parameter(scope + ".weight", out, inside, kernel, kernel), parameter(scope + ".bias", out)
        return node("Conv", scope, [x, w, b], kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4, group=group,
                    dilations=[1, 1])

    def norm(scope, x, c):
        return node("LayerNormalization", scope, [x, parameter(scope + ".weight", c), parameter(scope + ".bias", c)], epsilon=1e-5)

    def linear(scope, x, out, inside):
        anonymous = "onnx::MatMul_" + str(100 + len(values))
        product = node("MatMul", scope, [x, parameter(anonymous, inside, out)])
        return node("Add", scope, [parameter(scope + ".bias", out), product])

    def reshape(scope, x, shape, perm=None):
        key = "onnx::Reshape_" + str(500 + len(nodes))
        values[key] = np.array(shape, np.int64)
        y = node("Reshape", scope, [x, key])
        return node("Transpose", scope, [y], perm=perm) if perm else y

    s, b = "segformer.stages.0.", "segformer.stages.0.blocks.0."
    tokens = reshape(s + "patch_embeddings", conv(s + "patch_embeddings.proj", "image", 4, 3, 3, 2, 1), [1, 4, -1], [0, 2, 1])
    f0 = norm(s + "patch_embeddings.layer_norm", tokens, 4)
    if factor:
        f0 = node("Mul", s + "patch_embeddings", [f0, parameter("onnx::Mul_920", 4)])
    z0 = z = norm(b + "layernorm_before", f0, 4)
    q, k, v = (reshape(b + "attention." + p, linear(b + "attention." + p, z, 4, 4), [1, -1, 2, 2], perm)
               for p, perm in (("q_proj", [0, 2, 1, 3]), ("k_proj", [0, 2, 3, 1]), ("v_proj", [0, 2, 1, 3])))
    values["onnx::Mul_900"] = np.array(scale)
    scores = node("Mul", b + "attention", [node("MatMul", b + "attention.scores", [q, k]), "onnx::Mul_900"])
    mixed = node("MatMul", b + "attention.mix", [node("Softmax", b + "attention", [scores], axis=-1), v])
    mixed = reshape(b + "attention.join", node("Transpose", b + "attention.mix", [mixed], perm=[0, 2, 1, 3]), [1, -1, 4])
    f = node("Add", b + "residual", [linear(b + "attention.o_proj", mixed, 4, 4), f0])
    z = linear(b + "mlp.fc1", norm(b + "layernorm_after", f, 4), 8, 4)
    z = reshape(b + "mlp.map", node("Transpose", b + "mlp.map", [z], perm=[0, 2, 1]), [1, 8, 4, 4])
    z = reshape(b + "mlp.tokens", conv(b + "mlp.dwconv.dwconv", z, 8, 1, 3, 1, 1, 8), [1, 8, -1], [0, 2, 1])
    for key, value in (("onnx::Mul_910", 0.5 ** 0.5), ("onnx::Add_911", 1.0), ("onnx::Mul_912", 0.5)):
        values[key] = np.array(value)
    cdf = node(activation, b + "mlp", [node("Mul", b + "mlp.scaled", [z, "onnx::Mul_910"])])
    cdf = node("Mul", b + "mlp.half", [node("Add", b + "mlp.one", [cdf, "onnx::Add_911"]), "onnx::Mul_912"])
    z = node("Mul", b + "mlp", [z, cdf])
    f = node("Add", b + "residual2", [linear(b + "mlp.fc2", z, 4, 8), f])
    x = linear("decode_head.linear_projections.0.proj", norm(s + "layer_norm", f, 4), 6, 4)
    x = reshape("decode_head", node("Transpose", "decode_head.map", [x], perm=[0, 2, 1]), [1, 6, 4, 4])
    values["onnx::Resize_901"] = np.array([1, 6, 4, 4], np.int64)
    x = node("Resize", "decode_head", [x, "", "", "onnx::Resize_901"], mode="linear", coordinate_transformation_mode="half_pixel")
    x = node("Concat", "decode_head", [x], axis=1)
    weight, bias = parameter("onnx::Conv_902", 6, 6, 1, 1), parameter("onnx::Conv_903", 6)
    x = node("Conv", "decode_head.linear_fuse", [x, weight, bias], kernel_shape=[1, 1], strides=[1, 1], pads=[0] * 4, group=1,
             dilations=[1, 1])
    logits = conv("decode_head.classifier", node("Relu", "decode_head", [x]), 3, 6, 1, 1, 0)
    if merged:
        products = [label for label, n in nodes.items() if n.op_type == "MatMul" and any(p in label for p in ("q_proj", "k_proj", "v_proj"))]
        values["_v_1"] = np.concatenate([values.pop(nodes[label].input[1]) for label in products], axis=1)
        values["_v_2"] = np.array([4, 4, 4])
        both = {"MatMul_1": helper.make_node("MatMul", [z0, "_v_1"], ["_v_3"], name="MatMul_1"),
                "Split_1": helper.make_node("Split", ["_v_3", "_v_2"], [label + "_output_0" for label in products], name="Split_1", axis=-1)}
        rest = [(label, n) for label, n in nodes.items() if label not in products]
        first = list(nodes).index(products[0])
        nodes = dict(rest[:first] + list(both.items()) + rest[first:])
    change(nodes)
    initializers = [numpy_helper.from_array(v if v.dtype == np.int64 else v.astype(np.float32), k) for k, v in values.items()]
    graph = helper.make_graph(
        list(nodes.values()), "main_graph", [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info(logits, TensorProto.FLOAT, [1, 3, 4, 4])], initializers)
    model = helper.make_model(graph, producer_name="mist fixtures", opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if not any(n.domain or n.op_type == "DynamicQuantizeLinear" for n in nodes.values()):  # of types that the checker does not see
        onnx.checker.check_model(model)
    if not named:
        strip(model)
    with open(os.path.join(HERE, name + ".onnx"), "wb") as f:
        f.write(model.SerializeToString(deterministic=True))


def setting(op, part, attribute, value):
    """Sets an attribute of the nodes of `op` whose name holds `part`."""
    def change(nodes):
        for label, node in nodes.items():
            if node.op_type == op and part in label:
                kept = [a for a in node.attribute if a.name != attribute]
                del node.attribute[:]
                node.attribute.extend(kept + [helper.make_attribute(attribute, value)])
    return change


segformer("valid-segformer")
segformer("segformer-padding", setting("Conv", "patch_embeddings", "pads", [0, 0, 0, 0]))
segformer("segformer-aligned-corners", setting("Resize", "decode_head", "coordinate_transformation_mode", "align_corners"))
segformer("segformer-attention-scale", scale=0.5)
segformer("segformer-activation", activation="Tanh")


def exchanged(nodes):
    """The two norms of the block read each other's gains."""
    a, b = (next(n for label, n in nodes.items() if part in label) for part in ("layernorm_before", "layernorm_after"))
    a.input[1], b.input[1] = b.input[1], a.input[1]


def quantised(nodes):
    """The decode head's last activation is rounded to integers, as dynamic quantisation writes it."""
    label = next(label for label, n in nodes.items() if n.op_type == "Relu")
    nodes[label].op_type = "DynamicQuantizeLinear"
    nodes[label].output.extend([label + "_scale", label + "_zero_point"])


def laid_out(nodes):
    """A convolution for blocks of channels, as ONNX Runtime writes it for the processor it runs on."""
    next(n for n in nodes.values() if n.op_type == "Conv").domain = "com.microsoft.nchwc"


segformer("segformer-exchanged", exchanged)
segformer("segformer-quantised", quantised)
segformer("segformer-machine-layout", laid_out)


def renamed(op, part, new):
    """Turns the nodes of `op` whose name holds `part` into operator `new`, without attributes."""
    def change(nodes):
        for label, node in nodes.items():
            if node.op_type == op and part in label:
                node.op_type = new
                del node.attribute[:]
    return change


def reading(op, part, place, value):
    """Lets the nodes of `op` whose name holds `part` read another value at `place`."""
    def change(nodes):
        for label, node in nodes.items():
            if node.op_type == op and part in label:
                node.input[place] = value
    return change


segformer("segformer-residual", renamed("Add", "residual2", "Mul"))
segformer("valid-dataflow", named=False)
segformer("valid-merged", merged=True)
segformer("dataflow-softmax", renamed("Softmax", "attention", "Relu"), named=False)
segformer("dataflow-activation", activation="Sigmoid", named=False)
segformer("dataflow-input", reading("MatMul", "v_proj", 0, "/segformer/stages.0/patch_embeddings/layer_norm/LayerNormalization_output_0"),
          named=False)
segformer("dataflow-residual", renamed("Add", "residual2", "Mul"), named=False)
segformer("dataflow-attention-scale", scale=1.0, named=False)
segformer("dataflow-constant", named=False, factor=True)


def dinov3(name, theta=100.0, keys_too=True, named=True, key_bias=0.0, prefix=2, reach=1.0, unknown=False):
    """`keys_too=False`: only queries are turned; `reach`: places go from -reach to reach; `prefix`: tokens that are not turned;
    `unknown`: the cosines pass an operator that nothing knows here."""
    rng = np.random.default_rng(3)
    c, values, nodes = 8, {}, []

    def node(op, inputs, scope="", outputs=1, **attributes):
        label = f"/{scope}/{op}_{len(nodes)}" if scope else f"/{op}_{len(nodes)}"
        made = [f"{label}_output_{k}" for k in range(outputs)]
        nodes.append(helper.make_node(op, inputs, made, name=label, **attributes))
        return made[0] if outputs == 1 else made

    def parameter(key, *shape):
        values[key] = rng.standard_normal(shape)
        return key

    def constant(value, kind=np.int64):
        key = "onnx::Constant_" + str(900 + len(values))
        values[key] = np.array(value, kind)
        return key

    def norm(scope, x):
        return node("LayerNormalization", [x, parameter(scope + ".weight", c), parameter(scope + ".bias", c)], scope.replace(".", "/", 1), epsilon=1e-5)

    def linear(scope, x, out, inside, bias=True):
        key = "onnx::MatMul_" + str(100 + len(values))
        y = node("MatMul", [x, parameter(key, inside, out)], "blocks.0/" + scope.replace(".", "/"))
        return node("Add", [y, parameter(f"blocks.0.{scope}.bias", out)], "blocks.0/" + scope.replace(".", "/")) if bias else y

    def turned(x):
        before, patches = node("Split", [x, constant([prefix, 6 - prefix])], "blocks.0/attn", 2, axis=2)
        first, second = node("Split", [patches, constant([4, 4])], "blocks.0/attn", 2, axis=3)
        other = node("Concat", [node("Neg", [second], "blocks.0/attn"), first], "blocks.0/attn", axis=-1)
        a = node("Mul", [patches, cosine], "blocks.0/attn")
        b = node("Mul", [other, sine], "blocks.0/attn")
        return node("Concat", [before, node("Add", [a, b], "blocks.0/attn")], "blocks.0/attn", axis=2)

    places = [-0.5 * reach, 0.5 * reach]
    periods = [1.0, theta ** 0.5]
    angles = np.array([[2 * np.pi * p / t for p in (y, x) for t in periods] for y in places for x in places])[:6 - prefix]
    cosine, sine = (constant(np.tile(f(angles), 2), np.float32) for f in (np.cos, np.sin))
    if unknown:
        cosine = node("Selu", [cosine], "rope")
    w, b = parameter("patch_embed.proj.weight", c, 3, 2, 2), parameter("patch_embed.proj.bias", c)
    x = node("Conv", ["image", w, b], "patch_embed/proj", kernel_shape=[2, 2], strides=[2, 2])
    x = node("Transpose", [node("Reshape", [x, constant([1, c, 4])], "patch_embed")], "patch_embed", perm=[0, 2, 1])
    x = node("Concat", [parameter("cls_token", 1, 1, c), parameter("reg_token", 1, 1, c), x], axis=1)
    z = norm("blocks.0.norm1", x)
    qkv = linear("attn.qkv", z, 3 * c, c, bias=False)
    if key_bias:
        qkv = node("Add", [qkv, constant([0.1] * c + [key_bias] * c + [0.2] * c, np.float32)], "blocks.0/attn")
    qkv = node("Transpose", [node("Reshape", [qkv, constant([1, -1, 3, 1, c])], "blocks.0/attn")], "blocks.0/attn", perm=[2, 0, 3, 1, 4])
    q, k, v = (node("Gather", [qkv, constant(i)], "blocks.0/attn", axis=0) for i in range(3))
    q, k = turned(q), turned(k) if keys_too else k
    scores = node("MatMul", [node("Mul", [q, constant(c ** -0.5, np.float32)], "blocks.0/attn"),
                             node("Transpose", [k], "blocks.0/attn", perm=[0, 1, 3, 2])], "blocks.0/attn")
    y = node("MatMul", [node("Softmax", [scores], "blocks.0/attn", axis=-1), v], "blocks.0/attn")
    y = node("Reshape", [node("Transpose", [y], "blocks.0/attn", perm=[0, 2, 1, 3]), constant([1, -1, c])], "blocks.0/attn")
    x = node("Add", [x, node("Mul", [linear("attn.proj", y, c, c), parameter("blocks.0.gamma_1", c)], "blocks.0")], "blocks.0")
    z = linear("mlp.fc1", norm("blocks.0.norm2", x), 16, c)
    cdf = node("Erf", [node("Mul", [z, constant(0.5 ** 0.5, np.float32)], "blocks.0/mlp")], "blocks.0/mlp")
    cdf = node("Mul", [node("Add", [cdf, constant(1, np.float32)], "blocks.0/mlp"), constant(0.5, np.float32)], "blocks.0/mlp")
    z = linear("mlp.fc2", node("Mul", [z, cdf], "blocks.0/mlp"), c, 16)
    x = node("Add", [x, node("Mul", [z, parameter("blocks.0.gamma_2", c)], "blocks.0")], "blocks.0")
    norm("norm", x)
    nodes[-1].output[0] = "output"
    initializers = [numpy_helper.from_array(v if v.dtype == np.int64 else v.astype(np.float32), k) for k, v in values.items()]
    graph = helper.make_graph(nodes, "main_graph", [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 4, 4])],
                              [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 6, c])], initializers)
    model = helper.make_model(graph, producer_name="mist fixtures", opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if not named:
        strip(model)
    with open(os.path.join(HERE, name + ".onnx"), "wb") as f:
        f.write(model.SerializeToString(deterministic=True))


dinov3("valid-dinov3")
dinov3("valid-dinov3-dataflow", named=False)
dinov3("dinov3-places", reach=2.0)
dinov3("dinov3-theta", theta=10_000.0, named=False)
dinov3("dinov3-queries-alone", keys_too=False)
dinov3("dinov3-prefix", prefix=3)
dinov3("dataflow-key-bias", key_bias=0.3, named=False)
dinov3("dinov3-unknown-factor", unknown=True)
