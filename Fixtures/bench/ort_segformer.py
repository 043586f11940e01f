#!/usr/bin/env python3
"""Images per second of SegFormer-B4's encoder with the gathered pyramids in ONNX Runtime, PyTorch or OpenVINO, as JSON.

  python3 ort_segformer.py [--engine onnxruntime|torch|openvino] [--threads 2] [--seconds 8] [--batch 1] [--model segformer.onnx]

The graph gives A_1 ... A_4 for k = 14, 27 and 41 like `mist bench`: the library's encoder with seeded random weights at 512 x 512, and
the gather (A_1 = F_0 + S_1, A_s = Down_s(A_{s-1}) + S_s). It is exported once per batch size, all of its shapes fixed, to --model
(default: a file in the system's temporary folder) and used again afterwards. Maps are as the engine has them; nothing is resized, copied or converted inside the timing.
"""
import argparse, json, os, resource, tempfile, time, warnings

import numpy as np

warnings.filterwarnings("ignore")
GATHERS, SIZE = (14, 27, 41), 512


def build():
    import torch
    import transformers

    class Gather(torch.nn.Module):
        def __init__(self, model):
            super().__init__()
            self.stages = model.stages

        def forward(self, pixels):
            maps, sums, outputs = pixels, [], [[] for _ in GATHERS]
            done = 0
            for number, stage in enumerate(self.stages):
                tokens, height, width = stage.patch_embeddings(maps)
                grid = lambda t: t.transpose(1, 2).unflatten(2, (height, width))
                # Prefix sums of the stage's blocks at the depths asked for; equal ones are one tensor.
                total, at = None, {}
                first = tokens
                for block in stage.blocks:
                    tokens = block(tokens, height, width)
                    total = tokens if total is None else total + tokens
                    done += 1
                    at[done] = total
                for levels, k in zip(outputs, GATHERS):
                    inside = min(k, done)
                    if number == 0:
                        level = grid(first + at[inside])
                    else:
                        level = grid(stage.patch_embeddings(levels[-1])[0])
                        level = level + grid(at[inside]) if inside in at else level
                    levels.append(level)
                maps = grid(stage.layer_norm(tokens))
            return tuple(level for levels in outputs for level in levels)

    torch.manual_seed(0)
    model = transformers.SegformerModel(transformers.SegformerConfig(
        depths=[3, 8, 27, 3], hidden_sizes=[64, 128, 320, 512], num_attention_heads=[1, 2, 5, 8]))
    return Gather(model).eval()


def export(path, batch):
    import torch

    temporary = path + f".{os.getpid()}"
    names = [f"A{level}_k{k}" for k in GATHERS for level in range(1, 5)]
    with torch.no_grad():
        torch.onnx.export(
            build(), (torch.zeros(batch, 3, SIZE, SIZE),), temporary, dynamo=False, opset_version=17,
            input_names=["pixels"], output_names=names)
    os.replace(temporary, path)


def rate(run, batch, seconds):
    run()
    run()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        run()
        count += batch
    return count / (time.perf_counter() - start)


def onnxruntime_session(path, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return onnxruntime.__version__, lambda pixels: session.run(None, {"pixels": pixels})


def openvino_session(path, threads):
    import openvino

    core = openvino.Core()
    settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32", "NUM_STREAMS": 1}
    request = core.compile_model(path, "CPU", settings).create_infer_request()
    return openvino.__version__, lambda pixels: request.infer({"pixels": pixels}, share_inputs=True, share_outputs=True)


def torch_session(threads):
    import torch

    torch.set_num_threads(threads)
    model = build()

    def run(pixels):
        with torch.inference_mode():
            return model(torch.from_numpy(pixels))

    return torch.__version__, run


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--engine", choices=["onnxruntime", "torch", "openvino"], default="onnxruntime")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seconds", type=float, default=8)
    p.add_argument("--batch", type=int, default=1)
    p.add_argument("--model")
    p.add_argument("--export", action="store_true", help="export the graph if it is missing, and stop")
    o = p.parse_args()
    model = o.model or os.path.join(tempfile.gettempdir(), f"mist-bench-segformer-b4-gather-{o.batch}.onnx")
    if o.engine != "torch" and not os.path.exists(model):
        export(model, o.batch)
    if o.export:
        return
    pixels = np.random.default_rng(0).standard_normal((o.batch, 3, SIZE, SIZE), dtype=np.float32)
    sessions = {"onnxruntime": onnxruntime_session, "openvino": openvino_session}
    version, run = torch_session(o.threads) if o.engine == "torch" else sessions[o.engine](model, o.threads)
    images = rate(lambda: run(pixels), o.batch, o.seconds)
    print(json.dumps({
        "engine": o.engine, "version": version, "imagesPerSecond": images, "batch": o.batch, "threads": o.threads,
        "gathers": GATHERS, "peakMemory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }))


if __name__ == "__main__":
    main()
