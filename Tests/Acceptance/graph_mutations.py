"""Seeded changes of an ONNX graph: each takes a copy of a model and a random generator, changes one thing, and returns a sentence that
names it, or None where the graph has no place for it. Whether the change matters is for ONNX Runtime to say."""
import numpy as np
import onnx
from onnx import helper, numpy_helper

UNARY = ("Relu", "LeakyRelu", "Elu", "HardSwish", "Softplus", "Tanh", "Sigmoid", "Abs", "Neg", "Identity", "Erf", "Softsign", "Selu", "Celu")


def nodes(model, *types):
    return [n for n in model.graph.node if n.op_type in types and n.output]


def name(node):
    return f"{node.op_type} {node.name or node.output[0]}"


def chosen(rng, list):
    return list[rng.integers(len(list))] if list else None


def attribute(node, key, value):
    kept = [a for a in node.attribute if a.name != key]
    del node.attribute[:]
    node.attribute.extend(kept + [helper.make_attribute(key, value)])


def readers(model, value):
    return [(n, i) for n in model.graph.node for i, v in enumerate(n.input) if v == value]


def stored(model):
    """Initialisers and results of Constant nodes as arrays, by name."""
    found = {t.name: t for t in model.graph.initializer}
    for n in model.graph.node:
        for a in n.attribute:
            if n.op_type == "Constant" and a.name == "value":
                found[n.output[0]] = a.t
    return found


def change_constant(model, node, place, array):
    """Lets one operand of one node be another stored array."""
    key = f"mutated_{len(model.graph.initializer)}"
    model.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(array), key))
    node.input[place] = key


def numbers(model, is_wanted, *types):
    """Operands (node, place, array) that are stored arrays and wanted."""
    arrays = stored(model)
    found = []
    for n in model.graph.node:
        for i, v in enumerate(n.input):
            if v in arrays and (not types or n.op_type in types):
                array = numpy_helper.to_array(arrays[v]) if np.prod(arrays[v].dims) <= 64 else None
                if array is not None and is_wanted(array):
                    found.append((n, i, array))
    return found


def activation_operator(model, rng):
    node = chosen(rng, nodes(model, "Erf", "Gelu", "Sigmoid", "Tanh", "QuickGelu", "BiasGelu", "Relu", "Selu"))
    if node is None or node.op_type == "BiasGelu":
        return None
    text, node.domain = name(node), ""
    node.op_type = chosen(rng, [u for u in UNARY if u != node.op_type])
    del node.attribute[:]
    return f"{text} became {node.op_type}"


def whole_activation(model, rng):
    """x · (1 + erf(x / √2)) / 2 or x · sigmoid(x), in one block or in all, becomes another function of x."""
    makers = {o: n for n in model.graph.node for o in n.output}
    places = []
    for erf in nodes(model, "Erf", "Sigmoid"):
        source = makers.get(erf.input[0])
        x = source.input[0] if erf.op_type == "Erf" and source is not None else erf.input[0]
        frontier, end = [erf.output[0]], None
        for _ in range(4):
            next_nodes = [n for v in frontier for n, _ in readers(model, v)]
            end = next((n for n in next_nodes if n.op_type == "Mul" and x in n.input), end)
            frontier = [o for n in next_nodes for o in n.output if n.op_type in ("Add", "Mul")]
        if end is not None:
            places.append((end, x))
    if not places:
        return None
    kind = chosen(rng, UNARY)
    some = places if rng.random() < 0.5 else [chosen(rng, places)]
    for end, x in some:
        end.op_type = kind
        del end.input[:]
        end.input.append(x)
    return f"{len(some)} of {len(places)} activations became {kind} (before {name(some[0][0])})"


def operator(model, rng):
    pairs = {"Add": ("Sub", "Mul", "Max"), "Mul": ("Div", "Add"), "Div": ("Mul",), "Sub": ("Add",), "Sqrt": ("Identity", "Exp"),
             "Softmax": ("LogSoftmax", "Hardmax", "Sigmoid", "Relu"), "Neg": ("Identity",), "Sin": ("Cos",), "Cos": ("Sin",),
             "ReduceMean": ("ReduceMax", "ReduceSum", "ReduceL2"), "Pow": ("Mul",), "Resize": ()}
    node = chosen(rng, [n for n in nodes(model, *pairs) if not n.domain])
    if node is None or not pairs[node.op_type]:
        return None
    text = name(node)
    node.op_type = chosen(rng, pairs[node.op_type])
    if node.op_type in ("Sigmoid", "Relu"):
        del node.attribute[:]
    return f"{text} became {node.op_type}"


def axis(model, rng):
    node = chosen(rng, nodes(model, "Softmax", "LayerNormalization", "Concat", "Gather", "Split", "Flatten"))
    if node is None:
        return None
    value = int(rng.integers(-2, 4))
    attribute(node, "axis", value)
    return f"{name(node)}: axis {value}"


def epsilon(model, rng):
    all_norms = nodes(model, "LayerNormalization", "SkipLayerNormalization", "BatchNormalization")
    if not all_norms:
        return None
    some = all_norms if rng.random() < 0.3 else [chosen(rng, all_norms)]
    for node in some:
        attribute(node, "epsilon", 0.05)
    return f"{len(some)} norms have epsilon 0.05, {name(some[0])}"


def convolution(model, rng):
    node = chosen(rng, nodes(model, "Conv", "FusedConv"))
    if node is None:
        return None
    key, value = chosen(rng, [
        ("strides", [1, 1]), ("strides", [2, 2]), ("strides", [4, 8]), ("pads", [1, 1, 1, 1]), ("pads", [0, 1, 0, 1]), ("pads", [0] * 4),
        ("dilations", [2, 2]), ("dilations", [1, 2]), ("auto_pad", "SAME_UPPER"), ("auto_pad", "SAME_LOWER"), ("group", 1), ("group", 3)])
    if key == "auto_pad":
        kept = [a for a in node.attribute if a.name != "pads"]
        del node.attribute[:]
        node.attribute.extend(kept)
    attribute(node, key, value)
    return f"{name(node)}: {key} {value}"


def permutation(model, rng):
    node = chosen(rng, nodes(model, "Transpose"))
    if node is None or not node.attribute:
        return None
    perm = list(node.attribute[0].ints)
    a, b = rng.choice(len(perm), 2, replace=False)
    perm[a], perm[b] = perm[b], perm[a]
    attribute(node, "perm", perm)
    return f"{name(node)}: perm {perm}"


def resize(model, rng):
    node = chosen(rng, nodes(model, "Resize"))
    if node is None:
        return None
    key, value = chosen(rng, [
        ("mode", "nearest"), ("mode", "cubic"), ("mode", "linear"), ("coordinate_transformation_mode", "align_corners"),
        ("coordinate_transformation_mode", "asymmetric"), ("cubic_coeff_a", -0.5), ("antialias", 1)])
    attribute(node, key, value)
    return f"{name(node)}: {key} {value}"


def gemm(model, rng):
    node = chosen(rng, nodes(model, "Gemm", "FusedMatMul"))
    if node is None:
        return None
    key, value = chosen(rng, [("alpha", 1.25), ("beta", 0.5), ("transB", 0), ("transB", 1), ("transA", 1)])
    if node.op_type == "FusedMatMul" and key == "beta":
        return None
    attribute(node, key, value)
    return f"{name(node)}: {key} {value}"


ATTRIBUTES = (activation_operator, whole_activation, operator, axis, epsilon, convolution, permutation, resize, gemm)
