"""ViT-B/16 f32 gather beside its peers, in turns within one run. Run by `./dev bench`.

    bench.py [--rounds 3] [--seconds 8] [--threads 2] [--model canonical.safetensors]

Machines drift, so each round measures every engine once and the ratios are taken round by round.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

from report import run, run_json

REPOSITORY = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
WORK = os.path.join(REPOSITORY, ".build-acceptance")


def converted():
    """ViT-B/16 with random weights, written by timm and converted (once)."""
    output = os.path.join(WORK, "bench-b16.safetensors")
    if not os.path.exists(output):
        folder = os.path.join(WORK, "b16")
        if not os.path.exists(os.path.join(folder, "versions.json")):
            run(sys.executable, os.path.join(REPOSITORY, "Fixtures", "vit", "make.py"), "--size", "b16", "--out", folder)
        run("mist", "convert", os.path.join(folder, "timm-vit", "model.safetensors"), "-o", output)
    return output


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--model")
    arguments = parser.parse_args()
    os.makedirs(WORK, exist_ok=True)
    model = arguments.model or converted()
    # Some machines pin OpenBLAS to an older core; neither side is measured under that.
    os.environ.pop("OPENBLAS_CORETYPE", None)
    peer = [sys.executable, os.path.join(REPOSITORY, "Fixtures", "bench", "ort_vit.py"),
            "--threads", arguments.threads, "--seconds", arguments.seconds]
    peers = {
        "ONNX Runtime, batch 1": peer + ["--batch", 1],
        "ONNX Runtime, batch 8": peer + ["--batch", 8],
        "PyTorch, batch 8": peer + ["--batch", 8, "--torch"],
    }
    rates = {name: [] for name in ["mist", *peers]}
    limits = []
    for number in range(arguments.rounds):
        result = run_json("mist", "bench", model, "--threads", arguments.threads, "--seconds", arguments.seconds)
        rates["mist"].append(result["imagesPerSecond"])
        limits.append(result["fractionOfLimit"])
        for name, command in peers.items():
            rates[name].append(json.loads(run(*command)[0])["imagesPerSecond"])
        print(f"round {number + 1}: " + ", ".join(f"{n} {r[-1]:.2f}" for n, r in rates.items()), flush=True)
    print(f"\nViT-B/16 f32, forward + gather 4, 8, 12, {arguments.threads} threads, images/s (median of {arguments.rounds})")
    for name, values in rates.items():
        ratio = statistics.median(m / v for m, v in zip(rates["mist"], values))
        note = f"{100 * statistics.median(limits):.0f} % of its products' own limit" if name == "mist" else f"mist is {ratio:.2f} x"
        print(f"  {name:<22} {statistics.median(values):6.2f}   {note}")


if __name__ == "__main__":
    main()
