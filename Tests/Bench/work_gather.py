"""Forward pass and gather of a backbone, in every precision, beside the peers."""
import json
import sys

from measuring import Entry, Figure, Unavailable, run

# Batches of the peers: one, and what serves them best.
BATCHES = {"vit-b16": (1, 8), "dinov2-s14": (1, 8), "segformer-b4": (1, 4)}
OPTIONS = {"segformer-b4": ["--size", "512x512", "--gather", "14,27,41", "--export", "pyramid"]}
PEERS = {"openvino": ("f32", "bf16", "int8"), "onnxruntime": ("f32", "int8"), "pytorch": ("f32", "bf16")}
# What a mist says that has no products in a precision, or no such option.
NO_PRECISION = ("backbone.precision", "Unknown option '--precision'")


def mist_bench(model, threads, seconds, *options, precision="f32"):
    chosen = [] if precision == "f32" else ["--precision", precision]
    output = run(
        "mist", "bench", model, "--threads", threads, "--seconds", seconds, *options, *chosen, "--json", missing=NO_PRECISION)
    result = json.loads(output)
    # Where a processor has no instructions for a precision, products fall back to another.
    if result["precision"] != precision:
        raise Unavailable(f"mist computed in {result['precision']}")
    return result


def figure(result):
    return Figure(
        result["imagesPerSecond"], result.get("peakMemory"), result["fractionOfLimit"], result.get("fractionOfPeak"),
        result["backend"])


def peer(places, name, tool, precision, batch, streams=1):
    command = [
        sys.executable, places.peer("gather.py"), name, "--tool", tool, "--precision", precision, "--batch", batch, "--threads",
        places.threads, "--folder", places.output("bench"), "--streams", streams]
    missing = ("ModuleNotFoundError",)
    prepared = []

    def measure():
        # Exporting and quantising are not measured, and take much memory.
        if not prepared:
            prepared.append(run(*command, "--prepare", missing=missing))
        result = json.loads(run(*command, "--seconds", places.seconds, missing=missing))
        return Figure(result["rate"], result["peak"], version=result["version"])

    return Entry(tool, measure, precision, batch, variant=f"{streams} streams" if streams > 1 else None)


def mist(places, name, precision):
    def measure():
        result = mist_bench(
            places.model(name), places.threads, places.seconds, *OPTIONS.get(name, ["--gather", "4,8,12"]), precision=precision)
        return figure(result)

    return Entry("mist", measure, precision, 1)


def entries(places, name):
    if name == "dinov2-s14":
        places.model(name)
    found = [mist(places, name, precision) for precision in ("f32", "bf16", "int8")]
    for tool, precisions in PEERS.items():
        found += [peer(places, name, tool, p, batch) for p in precisions for batch in BATCHES[name]]
    # An image per thread, as mist works.
    if places.threads > 1:
        found += [peer(places, name, "openvino", p, 1, places.threads) for p in PEERS["openvino"]]
    return found


