"""f32 forward and gather beside the peers, in turns within one run. Run by `./dev bench`.

    bench.py [--only vit|segformer|convert ...] [--rounds 3] [--seconds 8] [--threads 2] [--model canonical.safetensors]

ViT-B/16 at 224 x 224, the encoder of SegFormer-B4 at 512 x 512, and the conversion of a ViT-B/16 (bench_convert.py). Machines drift, so
each round measures every engine once and the ratios are taken round by round. Peak memory is each process's largest resident size.
"""
import argparse
import importlib.util
import json
import os
import statistics
import sys

import bench_convert
from report import run, run_json

REPOSITORY = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
WORK = os.path.join(REPOSITORY, ".build-acceptance")
SEGFORMER_GATHERS = "14,27,41"


def fixture(*parts):
    return os.path.join(REPOSITORY, "Fixtures", *parts)


def b16():
    """ViT-B/16 with random weights, written by timm and transformers (once)."""
    folder = os.path.join(WORK, "b16")
    if not os.path.exists(os.path.join(folder, "versions.json")):
        run(sys.executable, fixture("vit", "make.py"), "--size", "b16", "--out", folder)
    return folder


def vit(threads, seconds, model):
    """ViT-B/16, forward + gather 4, 8, 12"""
    if not model:
        model = os.path.join(WORK, "bench-b16.safetensors")
        if not os.path.exists(model):
            folder = b16()
            run("mist", "convert", os.path.join(folder, "timm-vit", "model.safetensors"), "-o", model)
    peer = [sys.executable, fixture("bench", "ort_vit.py"), "--threads", threads, "--seconds", seconds]
    return ["mist", "bench", model], {
        "ONNX Runtime, batch 1": peer + ["--batch", 1],
        "ONNX Runtime, batch 8": peer + ["--batch", 8],
        "PyTorch, batch 8": peer + ["--batch", 8, "--torch"],
    }


def segformer(threads, seconds, model):
    """SegFormer-B4 encoder at 512 x 512, forward + gather 14, 27, 41 (pyramid)"""
    if not model:
        model = os.path.join(WORK, "bench-b4.safetensors")
        if not os.path.exists(model):
            folder = os.path.join(WORK, "b4")
            if not os.path.exists(os.path.join(folder, "versions.json")):
                image = fixture("images", "chelsea.jpg")
                run(sys.executable, fixture("segformer", "make.py"), "--size", "b4", "--out", folder, "--image", image)
            run("mist", "convert", os.path.join(folder, "hf-segformer-hub", "model.safetensors"), "-o", model)
    peer = [sys.executable, fixture("bench", "ort_segformer.py"), "--threads", threads, "--seconds", seconds]
    for batch in 1, 4:
        run(*peer, "--batch", batch, "--export")
    peers = {
        "ONNX Runtime, batch 1": peer + ["--batch", 1],
        "ONNX Runtime, batch 4": peer + ["--batch", 4],
        "PyTorch, batch 1": peer + ["--batch", 1, "--engine", "torch"],
    }
    if importlib.util.find_spec("openvino"):
        peers["OpenVINO, batch 1"] = peer + ["--batch", 1, "--engine", "openvino"]
    return ["mist", "bench", model, "--size", "512x512", "--gather", SEGFORMER_GATHERS, "--export", "pyramid"], peers


BENCHES = {"vit": vit, "segformer": segformer}


def measure(bench, arguments):
    mist, peers = bench(arguments.threads, arguments.seconds, arguments.model)
    mist += ["--threads", arguments.threads, "--seconds", arguments.seconds]
    title = f"{bench.__doc__}, f32, {arguments.threads} threads"
    print(f"\n-- {title}", flush=True)
    rates = {name: [] for name in ["mist", *peers]}
    memory = {name: 0 for name in rates}
    limits = []
    for number in range(arguments.rounds):
        results = {"mist": run_json(*mist)}
        limits.append(results["mist"]["fractionOfLimit"])
        for name, command in peers.items():
            results[name] = json.loads(run(*command)[0])
        for name, result in results.items():
            rates[name].append(result["imagesPerSecond"])
            memory[name] = max(memory[name], result.get("peakMemory") or 0)
        print(f"round {number + 1}: " + ", ".join(f"{n} {r[-1]:.2f}" for n, r in rates.items()), flush=True)
    print(f"\n{title}: images/s (median of {arguments.rounds}), peak memory")
    for name, values in rates.items():
        ratio = statistics.median(m / v for m, v in zip(rates["mist"], values))
        note = f"{100 * statistics.median(limits):.0f} % of its products' own limit" if name == "mist" else f"mist is {ratio:.2f} x"
        size = f"{memory[name] / 2**20:6.0f} MiB" if memory[name] else " " * 10
        print(f"  {name:<22} {statistics.median(values):6.2f} {size}   {note}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="+", choices=[*BENCHES, "convert"], default=[*BENCHES, "convert"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--model", help="a converted model, with --only")
    arguments = parser.parse_args()
    if arguments.model and (len(arguments.only) != 1 or arguments.only == ["convert"]):
        parser.error("--model needs --only vit or --only segformer")
    os.makedirs(WORK, exist_ok=True)
    # Some machines pin OpenBLAS to an older core; neither side is measured under that.
    os.environ.pop("OPENBLAS_CORETYPE", None)
    for name in arguments.only:
        if name == "convert":
            bench_convert.measure(os.path.join(b16(), "hf-vit"), fixture("bench", "torch_convert.py"), WORK, arguments.rounds)
        else:
            measure(BENCHES[name], arguments)


if __name__ == "__main__":
    main()
