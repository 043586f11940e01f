"""Classes of every sample of a shard's tensor of features, with NumPy arrays in and out.

    python3 classify.py libmistedge.so BUNDLE SHARD k12
"""
import ctypes
import json
import sys

import numpy

MORE_ARENA, PREDICT = 1, 1
TYPES = {numpy.dtype("<f4"): 0, numpy.dtype("<f2"): 1, numpy.dtype("i1"): 2}


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_char * 48), ("sentence", ctypes.c_char * 336)]


class Description(ctypes.Structure):
    _fields_ = [
        ("task", ctypes.c_int32), ("classes", ctypes.c_uint32), ("inputs", ctypes.c_uint32), ("parameters", ctypes.c_uint32),
        ("weights", ctypes.c_int32), ("height", ctypes.c_uint32), ("width", ctypes.c_uint32), ("model", ctypes.c_void_p),
        ("arena", ctypes.c_size_t)]


class Input(ctypes.Structure):
    _fields_ = [("rows", ctypes.c_uint32), ("height", ctypes.c_uint32), ("width", ctypes.c_uint32), ("channels", ctypes.c_uint32)]


class Features(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int32), ("values", ctypes.c_void_p), ("scales", ctypes.c_void_p)]


class Text(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_void_p), ("size", ctypes.c_size_t)]


class Edge:
    """A bundle (bytes) and the memory to run it."""

    def __init__(self, library, bundle):
        self.library, self.bundle = ctypes.CDLL(library), bundle
        self.library.mist_edge_label.restype = Text
        self.library.mist_edge_input_at.restype = Input
        self.handle, size, self.arena, error = ctypes.c_void_p(), ctypes.c_size_t(0), None, Error()
        while True:
            status = self.library.mist_edge_open(
                bundle, ctypes.c_size_t(len(bundle)), PREDICT, self.arena, ctypes.byref(size), ctypes.byref(self.handle),
                ctypes.byref(error))
            if status != MORE_ARENA:
                break
            self.arena = ctypes.create_string_buffer(size.value)
        self.check(status, error)
        about = Description()
        self.library.mist_edge_describe(self.handle, ctypes.byref(about))
        self.classes = about.classes
        self.inputs = [self.library.mist_edge_input_at(self.handle, index) for index in range(about.inputs)]
        texts = [self.library.mist_edge_label(self.handle, index) for index in range(about.classes)]
        self.labels = [ctypes.string_at(text.bytes, text.size).decode() for text in texts]

    def check(self, status, error):
        if status:
            raise ValueError(f"error[{error.code.decode()}]: {error.sentence.decode()}.")

    def predict(self, *features):
        """Probabilities [classes] of an image: an array per input, or of int8 a pair of array and scales."""
        given = (Features * len(self.inputs))()
        pairs = [one if isinstance(one, tuple) else (one, None) for one in features]
        for place, (values, scales), wanted in zip(given, pairs, self.inputs, strict=True):
            if values.size != wanted.rows * wanted.channels or not values.flags.c_contiguous:
                raise ValueError(f"an input is {wanted.rows} x {wanted.channels} numbers, one row after another")
            place.type, place.values = TYPES[values.dtype], values.ctypes.data
            place.scales = scales.ctypes.data if scales is not None else None
        probabilities, error = numpy.empty(self.classes, numpy.float32), Error()
        status = self.library.mist_edge_predict(
            self.handle, given, ctypes.c_void_p(probabilities.ctypes.data), ctypes.byref(error))
        self.check(status, error)
        return probabilities


def tensors(path):
    """Arrays of a safetensors file by name."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    header.pop("__metadata__", None)
    types = {"F32": "<f4", "F16": "<f2", "I8": "i1"}
    return {
        name: numpy.frombuffer(data[slice(*tensor["data_offsets"])], types[tensor["dtype"]]).reshape(tensor["shape"])
        for name, tensor in header.items() if tensor["dtype"] in types}


def main():
    library, bundle, shard, name = sys.argv[1:]
    with open(bundle, "rb") as file:
        edge = Edge(library, file.read())
    stored = tensors(shard)
    for index, values in enumerate(stored[name]):
        scales = stored.get(name + ".scale")
        probabilities = edge.predict(values if scales is None else (values, numpy.ascontiguousarray(scales[index])))
        best = probabilities.argmax()
        print(f"{index}\t{edge.labels[best]}\t{probabilities[best]:.6f}")


if __name__ == "__main__":
    main()
