"""Every method of the paper beside its PyTorch twin: the same start, the same order of samples, so the same losses."""
import json
import math
import os
import statistics
import sys

from report import Skip, aligned, row, run, run_json
from twins import twins

EPOCHS = 20
SEEDS = (0, 1, 2)
POINTS = 1.5
# How far the losses of an epoch may be apart, unless rounding alone takes PyTorch's own as far.
TOLERANCE = 1e-3
# Where rounding takes them apart: what the first epoch's may be apart, how many epochs are compared with PyTorch's own runs, since later ones
# only tell that runs have parted, and how many times as far ours may be.
FIRST, EARLY, TIMES = 1e-5, 8, 10
# Method, gather depth, learning rate.
METHODS = [
    ("linear", 12, 1e-3),
    ("mist", 4, 1e-3),
    ("mist", 12, 1e-3),
    ("partial-1", None, 1e-4),
    ("lst", None, 1e-3),
    ("last", None, 1e-3),
]
KIBIBYTE, MEBIBYTE = 2**10, 2**20


def store(places, images, name):
    """Everything that the methods read, in one pass."""
    path = places.output(name)
    run("mist", "extract", places.real_model(), images, "-o", path, "--gather", "4,8,12", "--store", "ladder,blocks,layer-tokens")
    return path


def options(method, k, rate):
    return ["--method", method, *(["--k", k] if k else []), "--recipe", "plain", "--epochs", EPOCHS, "--lr", rate]


def ours(places, features, name, method, k, rate, seed):
    """Losses of every epoch, test accuracy in %, samples per second, own memory in bytes, and what the head costs."""
    head, log = places.output(name + ".safetensors"), places.output(name + ".json")
    run("mist", "train", features, "-o", head, "--log", log, "--seed", seed, *options(method, k, rate))
    with open(log) as file:
        told = json.load(file)
    (one,) = told["runs"]
    trial = one["trial"]
    accuracy = 100 * run_json("mist", "eval", head, features, "--split", "test")["accuracy"]
    return [epoch["loss"] for epoch in trial["epochs"]], accuracy, trial["samplesPerSecond"], told["ownMemoryBytes"], one["cost"]


def apart(losses, others):
    """The greatest distance of two runs in an epoch."""
    return max(abs(a - b) for a, b in zip(losses, others, strict=True))


def rounding(title, found, plain, moved):
    """Where rounding alone takes the losses of two runs apart: a row that says whether ours are about as near to PyTorch's as PyTorch's own
    when every number of the start is moved by its last bit. Such distances grow a millionfold over the epochs, so their logarithms are
    compared; ours round differently in every step, the moved start only once. Another rule of training would show in the first epoch."""
    first = max(abs(losses[0] - twin["losses"][0]) for losses, twin in zip(found, plain, strict=True))
    told, ratios = [], []
    for losses, twin, other in zip(found, plain, moved, strict=True):
        distance, own = (mean_logarithm(one, twin["losses"]) for one in (losses, other["losses"]))
        told.append(f"{math.exp(distance):.1e} beside {math.exp(own):.1e}")
        ratios.append(math.exp(distance - own))
    row(
        f"{title}: loss of the first epoch beside PyTorch's; geometric mean distance over {EARLY}, beside its own when the start moves by the "
        "last bit", f"{FIRST:.0e}; {TIMES} times, in the mean of the seeds",
        f"{first:.1e}; {', '.join(told)}: {statistics.geometric_mean(ratios):.1f} times",
        first <= FIRST and statistics.geometric_mean(ratios) <= TIMES)


def mean_logarithm(losses, others):
    """Of the distances of every epoch, none of which counts as less than single precision can tell."""
    return statistics.mean(math.log(max(abs(a - b), 1e-8)) for a, b in zip(losses[:EARLY], others[:EARLY], strict=True))


def beside(places, features, name):
    """A row of losses and one of accuracies for every method, and a table of all with what each costs."""
    table = []
    for method, k, rate in METHODS:
        title = f"{name}, {method}" + (f" on G_{k}" if k else "")
        found = [ours(places, features, f"{name}-{method}-{k}-s{seed}", method, k, rate, seed) for seed in SEEDS]
        task = places, features, method, k, rate, EPOCHS, SEEDS
        twin = twins(*task)
        worst = max(apart(losses, peer["losses"]) for (losses, *_), peer in zip(found, twin, strict=True))
        told = (
            f"{worst:.1e}; {statistics.mean(f[2] for f in found):.0f} samples/s and {max(f[3] for f in found) / MEBIBYTE:.0f} MiB "
            f"of own memory, PyTorch {statistics.mean(t['samplesPerSecond'] for t in twin):.0f} samples/s and "
            f"{max(t['peakMemoryBytes'] for t in twin) / MEBIBYTE:.0f} MiB")
        losses = f"{title}: losses of {EPOCHS} epochs beside PyTorch, {len(twin)} seeds"
        if worst <= TOLERANCE:
            row(losses, f"within {TOLERANCE:.0e}", told, True)
        else:
            print(f"         {losses}: {told}", flush=True)
            rounding(title, [one for one, *_ in found], twin, twins(*task, "--nudge", 1, "--until", EARLY))
        accuracy, peer = statistics.mean(f[1] for f in found), statistics.mean(100 * t["accuracy"] for t in twin)
        row(
            f"{title}: test accuracy", f"{peer:.1f} % ± {POINTS}", f"{accuracy:.1f} %",
            abs(accuracy - peer) <= POINTS)
        _, _, _, own, cost = found[0]
        table.append([
            title.split(", ")[1], f"{accuracy:.1f}", f"{peer:.1f}", f"{cost['transferBytes'] / KIBIBYTE:.1f} KiB",
            f"{cost['parameters']}", f"{cost['multiplyAdds'] / 1e6:.2f} M", f"{cost['arenaBytes'] / MEBIBYTE:.2f} MiB",
            f"{own / MEBIBYTE:.0f} MiB"])
    header = ["method", "test %", "PyTorch %", "transfer as f16", "parameters", "multiply-adds", "arena", "trains in"]
    print(f"\n{name}, {len(SEEDS)} seeds; costs of one image")
    aligned(header, table)
    print(flush=True)


def device(places, features, name):
    """The same predictions in the runtime as `mist eval`, of every method."""
    with open(os.path.join(features, "manifest.json")) as file:
        manifest = json.load(file)
    test = next(split for split in manifest["splits"] if split["name"] == "test")
    shards = [os.path.join(features, shard["file"]) for shard in test["shards"]]
    for method, k, _ in METHODS:
        head = places.output(f"{name}-{method}-{k}-s0.safetensors")
        bundle, predictions = (places.output(f"{name}-{method}-{k}{end}") for end in (".mistedge", ".tsv"))
        run("mist", "eval", head, features, "--split", "test", "--predictions", predictions)
        with open(predictions) as file:
            expected = [line.split("\t")[2].rstrip("\n") for line in file][1:]
        run("mist", "export", head, "-o", bundle, "--features", features)
        run(places.edge, "selftest", bundle)
        found = run(places.edge, "run", bundle, *shards, "--labels")[0].splitlines()
        same = sum(a == b for a, b in zip(found, expected))
        row(
            f"{name}, mist-edge, {method}", f"all {len(expected)} as mist eval",
            f"{same} the same, bundle {os.path.getsize(bundle)} bytes", same == len(expected) == len(found))


def cifar10(places):
    """Every method of the paper beside its PyTorch twin, on CIFAR-10."""
    images = os.path.join(places.data, "cifar10-vtab")
    if not os.path.isdir(images):
        raise Skip(f"no real images: {os.path.basename(images)} is not in the data folder (--data DIR)")
    features = store(places, images, "methods-cifar10")
    beside(places, features, "CIFAR-10")
    device(places, features, "CIFAR-10")


def position(places):
    """Every method of the paper beside its PyTorch twin, on a drawn position task."""
    drawn = places.output("shapes-small")
    if not os.path.isdir(drawn):
        run(sys.executable, places.fixture("shapes", "make.py"), drawn, "--train", 480, "--val", 160, "--test", 320)
    features = store(places, drawn, "methods-position")
    beside(places, features, "position")
    device(places, features, "position")
