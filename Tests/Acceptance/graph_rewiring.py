"""Seeded changes of what an ONNX graph's nodes read: as in graph_mutations, which holds those of operators and attributes."""
import numpy as np
from onnx import TensorProto, helper

from graph_mutations import UNARY, change_constant, chosen, name, nodes, numbers, readers, stored


def computed(model):
    return [o for n in model.graph.node if n.op_type != "Constant" for o in n.output if o]


def drop_node(model, rng):
    """A node's readers read its first operand."""
    node = chosen(rng, [n for n in model.graph.node if n.input and n.op_type not in ("Constant", "Shape", "Identity")])
    if node is None:
        return None
    value = node.input[int(rng.integers(len(node.input)))] or node.input[0]
    text = name(node)
    node.op_type, node.domain = "Identity", ""
    del node.input[:], node.attribute[:], node.output[1:]
    node.input.append(value)
    return f"{text} passes {value} on"


def drop_residual(model, rng):
    arrays = stored(model)
    sums = [n for n in nodes(model, "Add") if not any(v in arrays for v in n.input)]
    node = chosen(rng, sums)
    if node is None:
        return None
    kept = int(rng.integers(2))
    text, value = name(node), node.input[kept]
    node.op_type = "Identity"
    del node.input[:]
    node.input.append(value)
    return f"{text} is its operand {kept} alone"


def other_number(model, rng):
    """A stored number or small array of factors, shapes, bounds, epsilons."""
    found = numbers(model, lambda a: a.dtype.kind in "fi" and a.size)
    if not found:
        return None
    node, place, array = found[rng.integers(len(found))]
    array = array.copy()
    i = int(rng.integers(array.size))
    if array.dtype.kind == "f":
        array.flat[i] *= chosen(rng, [0.5, 1.2, -1, 2])
    else:
        array.flat[i] += chosen(rng, [-1, 1, 2])
    change_constant(model, node, place, array)
    return f"{name(node)}: operand {place} is {array.tolist()}"


def swap_weights(model, rng):
    """Two places read each other's weight of the same shape."""
    shapes = {t.name: tuple(t.dims) for t in model.graph.initializer if len(t.dims) and np.prod(t.dims) > 8 and t.data_type != 7}
    places = [(n, i, v) for n in model.graph.node for i, v in enumerate(n.input) if v in shapes]
    first = places[rng.integers(len(places))] if places else None
    others = [p for p in places if first and p[2] != first[2] and shapes[p[2]] == shapes[first[2]]]
    if not others:
        return None
    second = others[rng.integers(len(others))]
    first[0].input[first[1]], second[0].input[second[1]] = second[2], first[2]
    return f"{name(first[0])} and {name(second[0])} read each other's {first[2]}, {second[2]}"


def exchange(rng, candidates, field, what):
    """Two of the values that a node reads or makes change places."""
    node = chosen(rng, [n for n in candidates if len(getattr(n, field)) > 1])
    if node is None:
        return None
    values = getattr(node, field)
    a, b = rng.choice(len(values), 2, replace=False)
    values[a], values[b] = values[b], values[a]
    return f"{name(node)}: {what} {a} and {b} exchanged"


def swap_operands(model, rng):
    return exchange(rng, nodes(model, "MatMul", "Sub", "Div", "Concat", "Pow", "LayerNormalization"), "input", "operands")


def swap_outputs(model, rng):
    return exchange(rng, nodes(model, "Split"), "output", "outputs")


def rewire(model, rng):
    """A node reads another value that was computed shortly before."""
    all_nodes = [n for n in model.graph.node if n.op_type != "Constant"]
    i = int(rng.integers(1, len(all_nodes)))
    node = all_nodes[i]
    earlier = [o for n in all_nodes[max(0, i - 25):i] for o in n.output if o]
    places = [k for k, v in enumerate(node.input) if v]
    if not places or not earlier:
        return None
    place, value = chosen(rng, places), chosen(rng, earlier)
    text = f"{name(node)}: operand {place} is {value} instead of {node.input[place]}"
    node.input[place] = value
    return text


def insert(model, rng):
    """Another operator on the way of one value, to one reader or to all."""
    value = chosen(rng, computed(model))
    found = readers(model, value)
    if not found:
        return None
    some = found if rng.random() < 0.5 else [found[rng.integers(len(found))]]
    result = "inserted_value"
    kind = chosen(rng, list(UNARY) + ["Mul", "Add", "Clip", "Dropout", "Cast", "Softmax", "Neg"])
    operands = {"Mul": [1.1], "Add": [0.1], "Clip": [-0.5, 0.6]}.get(kind, [])
    for x in operands:
        model.graph.initializer.append(helper.make_tensor(f"inserted_{x}", TensorProto.FLOAT, [], [x]))
    made = [helper.make_node(kind, [value] + [f"inserted_{x}" for x in operands], [result], name="inserted")]
    if kind == "Cast":
        made = [helper.make_node("Cast", [value], ["inserted_half"], to=TensorProto.FLOAT16, name="inserted"),
                helper.make_node("Cast", ["inserted_half"], [result], to=TensorProto.FLOAT, name="inserted_back")]
    if kind == "Dropout":
        model.graph.initializer.append(helper.make_tensor("inserted_training", TensorProto.BOOL, [], [False]))
        made[0].input.extend(["", "inserted_training"])
    for node, place in some:
        node.input[place] = result
    everything = list(model.graph.node)
    after = max(i for i, n in enumerate(everything) if value in n.output)
    del model.graph.node[:]
    model.graph.node.extend(everything[:after + 1] + made + everything[after + 1:])
    return f"{kind} between {value} and {len(some)} of its {len(found)} readers, {name(some[0][0])}"


def reorder(model, rng):
    """Two nodes that follow each other exchange their operators, attributes and stored operands."""
    pairs = []
    for second in model.graph.node:
        for first in model.graph.node:
            if first.op_type != "Constant" and second.input and first.input and second.input[0] in first.output:
                if first.op_type != second.op_type or list(first.input[1:]) != list(second.input[1:]):
                    pairs.append((first, second))
    if not pairs:
        return None
    first, second = pairs[rng.integers(len(pairs))]
    text = f"{name(first)} and {name(second)} changed places"
    a, b = type(first)(), type(second)()
    a.CopyFrom(first), b.CopyFrom(second)
    for node, other in ((first, b), (second, a)):
        x, outputs = node.input[0], list(node.output)
        node.op_type, node.domain = other.op_type, other.domain
        del node.attribute[:], node.input[:], node.output[:]
        node.attribute.extend(other.attribute)
        node.input.extend([x] + list(other.input[1:]))
        node.output.extend(outputs)
    return text


def post_norm(model, rng):
    """A block's norm moves behind its residual sum."""
    norm = chosen(rng, nodes(model, "LayerNormalization"))
    if norm is None:
        return None
    sums = [n for n, _ in readers(model, norm.input[0]) if n.op_type == "Add"]
    if not sums:
        return None
    total, x, normed = sums[0], norm.input[0], norm.output[0]
    for node, place in readers(model, normed):
        node.input[place] = x
    end = total.output[0]
    norm.input[0], total.output[0] = "summed_value", "summed_value"
    norm.output[0] = end
    everything = [n for n in model.graph.node if n.output[0] != end]
    after = max(i for i, n in enumerate(everything) if "summed_value" in n.output)
    moved = type(norm)()
    moved.CopyFrom(norm)
    del model.graph.node[:]
    model.graph.node.extend(everything[:after + 1] + [moved] + everything[after + 1:])
    return f"{name(moved)} stands behind {name(total)}"


REWIRING = (
    drop_node, drop_residual, other_number, swap_weights, swap_operands, swap_outputs, rewire, insert, insert, reorder, post_norm)
