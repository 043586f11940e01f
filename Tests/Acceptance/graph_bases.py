"""The ONNX fixtures that mutants are made of, and where in each graph the features of its golden are."""
import os

import numpy as np

# Of the axes of a value with so many: as the reference libraries return features.
ORDERS = {2: [(0, 1)], 3: [(0, 1, 2), (0, 2, 1)], 4: [(0, 1, 2, 3), (0, 2, 3, 1)]}


def bases(repository):
    """(name, graph, golden with the values to find in it) of every ONNX fixture of a whole model."""
    fixtures = os.path.join(repository, "Fixtures")
    for folder in ("vit", "segformer", "dinov3", "onnx-sources"):
        for model in sorted(os.listdir(os.path.join(fixtures, folder))):
            root = os.path.join(fixtures, folder, model)
            if not os.path.isdir(root):
                continue
            for file in sorted(f for f in os.listdir(root) if f.endswith(".onnx")):
                home = "segformer" if "segformer" in model else "vit"
                source = os.path.join(fixtures, home, model) if folder == "onnx-sources" else root
                goldens = [os.path.join(source, g) for g in ("golden.safetensors", "golden-logits.safetensors")]
                yield f"{folder}/{model}/{file}", os.path.join(root, file), [g for g in goldens if os.path.exists(g)]


class Base:
    """One graph and where in it the values of its golden are."""

    def __init__(self, name, path, goldens):
        import onnx
        from safetensors.numpy import load_file

        self.name, self.model = name, onnx.load(path)
        self.input = self.model.graph.input[0].name
        self.places, self.image = {}, None
        size = [d.dim_value for d in self.model.graph.input[0].type.tensor_type.shape.dim[2:]]
        for golden in goldens:
            tensors = load_file(golden)
            self.image = tensors["input"][:1]
            if all(size) and list(self.image.shape[2:]) != size:
                # A graph for images of another size: its result is all that is known.
                self.image = np.ascontiguousarray(np.resize(self.image, (1, 3, *size)))
                logits = self.model.graph.output[0]
                dims = [d.dim_value for d in logits.type.tensor_type.shape.dim]
                axes = ORDERS[len(dims)][-1 if len(dims) == 4 else 0]
                self.places = {"logits": (logits.name, axes, [dims[a] for a in axes])}
            else:
                self.find({k: v[:1] for k, v in tensors.items() if k[0] == "F" or k in ("final_norm", "logits")})

    def find(self, wanted):
        """Notes for each key which value it is, with its axes in another order, in the golden's shape."""
        made = [o for n in self.model.graph.node for o in n.output if o]
        for value, found in run(self.model, self.input, self.image, made).items():
            for key, target in wanted.items():
                for axes in ORDERS.get(found.ndim, []):
                    if key not in self.places and found.size == target.size and np.abs(
                            found.transpose(axes).reshape(target.shape) - target).max() < 1e-3:
                        self.places[key] = (value, axes, target.shape)

    def golden(self, model):
        """What ONNX Runtime computes of a mutant at those places."""
        outputs = run(model, self.input, self.image, [value for value, _, _ in self.places.values()])
        result = {"input": self.image}
        for key, (value, axes, shape) in self.places.items():
            array = outputs[value]
            # Where the change moved something else to this place, the features behind it show what became of it.
            if array.size == np.prod(shape):
                array = array.transpose(axes) if array.ndim == len(axes) else array
                result[key] = np.ascontiguousarray(array.reshape(shape))
        return result


def run(model, input, image, values):
    """The values of a graph by name; all as outputs of one session."""
    import onnx
    import onnxruntime

    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    known = {o.name for o in copy.graph.output}
    copy.graph.output.extend(onnx.ValueInfoProto(name=v) for v in dict.fromkeys(values) if v not in known)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    session = onnxruntime.InferenceSession(copy.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]
    found = dict(zip(names, session.run(None, {input: image})))
    return {k: v for k, v in found.items() if v.dtype == np.float32}
