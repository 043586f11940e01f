#!/usr/bin/env python3
"""Images per second of a model with gathered outputs in one peer, as JSON.

  python3 gather.py vit-b16|dinov2-s14|segformer-b4 --tool onnxruntime|openvino|pytorch [--precision f32|bf16|int8] [--batch 1]
      [--streams 1] [--threads 2] [--seconds 6 | --images N] [--folder DIR]

`--prepare` makes the files that the tool needs, in --folder, and stops: exported graphs of fixed shapes, and int8 by the tool's own
quantisation. `--images N` runs as many images and no more. `--streams N`: as many
batches at a time, in OpenVINO alone. Nothing is resized, copied or converted inside the timing.
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
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import models  # noqa: E402

PRECISIONS = {"onnxruntime": ("f32", "int8"), "openvino": ("f32", "bf16", "int8"), "pytorch": ("f32", "bf16")}


def file(o):
    """The graph that the tool opens."""
    path = models.exported(o.model, o.batch, o.folder)
    if o.precision != "int8":
        return path
    import quantised

    return quantised.by_onnxruntime(path) if o.tool == "onnxruntime" else quantised.by_nncf(path)


def onnxruntime_session(o):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = o.threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(file(o), options, providers=["CPUExecutionProvider"])
    return onnxruntime.__version__, lambda pixels: session.run(None, {"pixels": pixels})


def openvino_session(o):
    import openvino

    hint = "bf16" if o.precision == "bf16" else "f32"
    settings = {"INFERENCE_NUM_THREADS": o.threads, "INFERENCE_PRECISION_HINT": hint, "NUM_STREAMS": o.streams}
    model = openvino.Core().compile_model(file(o), "CPU", settings)
    version = openvino.__version__.split("-")[0]
    if o.streams > 1:
        queue = openvino.AsyncInferQueue(model, o.streams)

        def run(pixels):
            for _ in range(o.streams):
                queue.start_async({"pixels": pixels}, share_inputs=True)
            queue.wait_all()

        return version, run
    request = model.create_infer_request()
    return version, lambda pixels: request.infer({"pixels": pixels}, share_inputs=True, share_outputs=True)


def pytorch_session(o):
    import torch

    torch.set_num_threads(o.threads)
    model = models.build(o.model)

    def run(pixels):
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=o.precision == "bf16"):
            return model(torch.from_numpy(pixels))

    return torch.__version__, run


SESSIONS = {"onnxruntime": onnxruntime_session, "openvino": openvino_session, "pytorch": pytorch_session}


def rate(run, batch, seconds, images):
    if not images:
        run()
        run()
    count, start = 0, time.perf_counter()
    while count < images if images else time.perf_counter() - start < seconds:
        run()
        count += batch
    return count / (time.perf_counter() - start)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("model", choices=models.SIZES)
    p.add_argument("--tool", choices=PRECISIONS, required=True)
    p.add_argument("--precision", choices=["f32", "bf16", "int8"], default="f32")
    p.add_argument("--batch", type=int, default=1)
    p.add_argument("--streams", type=int, default=1)
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--seconds", type=float, default=6)
    p.add_argument("--images", type=int, default=0)
    p.add_argument("--folder", default=".")
    p.add_argument("--prepare", action="store_true")
    o = p.parse_args()
    if o.precision not in PRECISIONS[o.tool]:
        p.error(f"{o.tool} has no {o.precision} here")
    if o.streams > 1 and o.tool != "openvino":
        p.error(f"{o.tool} has no streams here")
    if o.prepare:
        if o.tool != "pytorch":
            file(o)
        return
    side = models.SIZES[o.model]
    pixels = np.random.default_rng(0).standard_normal((o.batch, 3, side, side), dtype=np.float32)
    version, run = SESSIONS[o.tool](o)
    images = rate(lambda: run(pixels), o.batch * o.streams, o.seconds, o.images)
    print(json.dumps({
        "version": version, "rate": images, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
    main()
