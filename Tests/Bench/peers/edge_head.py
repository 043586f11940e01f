#!/usr/bin/env python3
"""Samples per second of an LAE head in ONNX Runtime on one thread, one sample at a time, as JSON.

  python3 edge_head.py [--tokens 197] [--channels 768] [--classes 16] [--seconds 4] [--folder DIR]

The network is Fixtures/methods/networks.py's plain form with four blocks of rank 32, exported once to --folder.
"""
import argparse
import json
import os
import resource
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")
sys.dont_write_bytecode = True


def export(path, s, tokens):
    """Parameters of any values: no product depends on them for its time."""
    import torch

    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "Fixtures", "methods"))
    import networks

    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.names = [name for name, _ in networks.shapes(s)]
            self.values = torch.nn.ParameterList(0.02 * torch.randn(shape) for _, shape in networks.shapes(s))

        def forward(self, features):
            return networks.forward(s, dict(zip(self.names, self.values)), features)

    temporary = path + f".{os.getpid()}"
    with torch.no_grad():
        torch.onnx.export(
            Head().eval(), (torch.zeros(1, 1, tokens, s["channels"]),), temporary, dynamo=False, opset_version=17,
            input_names=["features"])
    os.replace(temporary, path)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--tokens", type=int, default=197)
    p.add_argument("--channels", type=int, default=768)
    p.add_argument("--classes", type=int, default=16)
    p.add_argument("--seconds", type=float, default=4)
    p.add_argument("--folder", default=".")
    p.add_argument("--prepare", action="store_true")
    o = p.parse_args()
    path = os.path.join(o.folder, f"edge-head-{o.tokens}-{o.channels}-{o.classes}.onnx")
    if not os.path.exists(path):
        export(path, dict(method="mist", depth=4, rank=32, channels=o.channels, classes=o.classes, maps=1), o.tokens)
    if o.prepare:
        return
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    features = np.random.default_rng(0).standard_normal((1, 1, o.tokens, o.channels), dtype=np.float32)
    run = lambda: session.run(None, {"features": features})
    run()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < o.seconds:
        run()
        count += 1
    print(json.dumps({
        "version": onnxruntime.__version__, "rate": count / (time.perf_counter() - start),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
    main()
