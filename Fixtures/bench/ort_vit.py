#!/usr/bin/env python3
"""Images per second of ViT-B/16 with gathered outputs in ONNX Runtime (and, with --torch, in PyTorch), as JSON.

  python3 ort_vit.py [--threads 2] [--seconds 6] [--batch 1] [--model vit.onnx] [--torch]

The graph gives G_4, G_8 and G_12 (F_0 + … + F_k) like `mist bench`, with seeded random weights at real shapes. It is exported
once to --model (default: a file in the system's temporary folder) and used again afterwards.
"""
import argparse, json, os, resource, tempfile, time, warnings

import numpy as np

warnings.filterwarnings("ignore")
DEPTH, GATHERS = 12, (4, 8, 12)


def build():
    import torch

    class Block(torch.nn.Module):
        def __init__(self, width, heads):
            super().__init__()
            self.heads = heads
            self.norm1, self.norm2 = (torch.nn.LayerNorm(width, eps=1e-6) for _ in range(2))
            self.qkv, self.proj = torch.nn.Linear(width, 3 * width), torch.nn.Linear(width, width)
            self.fc1, self.fc2 = torch.nn.Linear(width, 4 * width), torch.nn.Linear(4 * width, width)

        def forward(self, x):
            b, t, c = x.shape
            q, k, v = self.qkv(self.norm1(x)).reshape(b, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
            a = torch.nn.functional.scaled_dot_product_attention(q, k, v)
            x = x + self.proj(a.transpose(1, 2).reshape(b, t, c))
            return x + self.fc2(torch.nn.functional.gelu(self.fc1(self.norm2(x))))

    class Gather(torch.nn.Module):
        def __init__(self, width=768, heads=12):
            super().__init__()
            self.patch = torch.nn.Conv2d(3, width, 16, 16)
            self.cls = torch.nn.Parameter(torch.randn(1, 1, width) * 0.02)
            self.position = torch.nn.Parameter(torch.randn(1, 197, width) * 0.02)
            self.blocks = torch.nn.ModuleList(Block(width, heads) for _ in range(DEPTH))

        def forward(self, pixels):
            x = self.patch(pixels).flatten(2).transpose(1, 2)
            x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], 1) + self.position
            total, outputs = x, []
            for i, block in enumerate(self.blocks, 1):
                x = block(x)
                total = total + x
                if i in GATHERS:
                    outputs.append(total)
            return tuple(outputs)

    torch.manual_seed(0)
    return Gather().eval()


def export(path):
    import torch

    temporary = path + f".{os.getpid()}"
    with torch.no_grad():
        torch.onnx.export(
            build(), (torch.zeros(1, 3, 224, 224),), temporary, dynamo=False, opset_version=17, input_names=["pixels"],
            output_names=[f"gather_k{k}" for k in GATHERS], dynamic_axes={"pixels": {0: "batch"}})
    os.replace(temporary, path)


def rate(run, batch, seconds):
    run()
    run()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        run()
        count += batch
    return count / (time.perf_counter() - start)


def measure_ort(path, pixels, threads, seconds):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    images = rate(lambda: session.run(None, {"pixels": pixels}), len(pixels), seconds)
    return {"engine": "onnxruntime", "version": onnxruntime.__version__, "imagesPerSecond": images}


def measure_torch(pixels, threads, seconds):
    import torch

    torch.set_num_threads(threads)
    model, x = build(), torch.from_numpy(pixels)
    with torch.inference_mode():
        images = rate(lambda: model(x), len(pixels), seconds)
    return {"engine": "torch", "version": torch.__version__, "imagesPerSecond": images}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seconds", type=float, default=6)
    p.add_argument("--batch", type=int, default=1)
    p.add_argument("--model", default=os.path.join(tempfile.gettempdir(), "mist-bench-vit-b16-gather.onnx"))
    p.add_argument("--torch", action="store_true", help="measure PyTorch instead")
    o = p.parse_args()
    pixels = np.random.default_rng(0).standard_normal((o.batch, 3, 224, 224), dtype=np.float32)
    if o.torch:
        result = measure_torch(pixels, o.threads, o.seconds)
    else:
        if not os.path.exists(o.model):
            export(o.model)
        result = measure_ort(o.model, pixels, o.threads, o.seconds)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({**result, "batch": o.batch, "threads": o.threads, "gathers": GATHERS, "peakMemory": memory}))


if __name__ == "__main__":
    main()
