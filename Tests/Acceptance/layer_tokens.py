"""Heads on layer tokens, a seventh of a gather's transfer, on real features: what they gain, that the search finds them, and the device."""
import json
import os
import statistics
import sys

from classification import SEEDS, accuracy, mean, seeds
from report import Skip, row, run, run_json

BUDGET = "transfer=40KB"


def extract(places, images, name):
    store = places.output(name)
    run(
        "mist", "extract", places.real_model(), images, "-o", store, "--gather", "4,8,12", "--store", "layer-tokens")
    return store


def search(places, store, name, seed, *options):
    """The default search; returns its head, the test accuracy in %, and what it chose."""
    head = places.output(f"{name}-s{seed}.safetensors")
    summary = run_json("mist", "train", store, "-o", head, "--seed", seed, *options)
    return head, accuracy(head, store), next(choice for choice in summary["choices"] if choice["isChosen"])


def within_budget(places, store, name):
    """Every seed's head within the budget: the accuracies, and the transfer of the dearest."""
    found = [search(places, store, name + "-budget", seed, "--budget", BUDGET) for seed in SEEDS.split(",")]
    print([(choice["recipe"]["pooling"], choice["recipe"]["feature"], value) for _, value, choice in found], flush=True)
    return [value for _, value, _ in found], max(choice["cost"]["transferBytes"] for _, _, choice in found), found[0][0]


def best_of_all(places, store, name, samples):
    """Without a budget the default search ends no lower than the best of all heads, within one standard error."""
    choices = [
        ["--method", "linear", "--k", "4,8,12"], ["--method", "linear", "--k", "layers"],
        ["--method", "linear", "--pool", "attentive", "--k", "layers"], ["--method", "mist", "--k", "4,8,12"],
    ]
    values = [seeds(places, store, f"{name}-choice{i}", *options) for i, options in enumerate(choices)]
    found = [search(places, store, name + "-default", seed)[1] for seed in SEEDS.split(",")]
    best = max(statistics.mean(one) for one in values)
    error = 100 * (best / 100 * (1 - best / 100) / samples) ** 0.5
    row(
        f"{name}, default search without a budget, 3 seeds", f"the best of all heads, {best:.1f} % - {error:.1f}",
        mean(found) + " %", statistics.mean(found) >= best - error)


def cifar10(places):
    """Heads on layer tokens of CIFAR-10: over gather + linear, found by the search, and in the runtime."""
    images = os.path.join(places.data, "cifar10-vtab")
    if not os.path.isdir(images):
        raise Skip(f"no real images: {os.path.basename(images)} is not in the data folder (--data DIR)")
    store = extract(places, images, "cifar10-layers")
    gather = seeds(places, store, "cifar10-gather-linear", "--method", "linear", "--k", "12")
    layers = seeds(places, store, "cifar10-layers-linear", "--method", "linear", "--k", "layers")
    gain = statistics.mean(layers) - statistics.mean(gather)
    row(
        "CIFAR-10, linear on layer tokens, 3 seeds", "2 points over gather + linear",
        f"{mean(layers)} % over {mean(gather)} %", gain >= 2)
    values, transfer, head = within_budget(places, store, "cifar10-layers")
    row(
        f"CIFAR-10, default search, --budget {BUDGET}, 3 seeds", "2 points over gather + linear, at most 40960 bytes",
        f"{mean(values)} %, {transfer} bytes", statistics.mean(values) - statistics.mean(gather) >= 2 and transfer <= 40960)
    best_of_all(places, store, "cifar10-layers", 1000)
    device(places, store, head)


def position(places):
    """Heads on layer tokens of the drawn position task."""
    images = places.output("shapes-small")
    if not os.path.isdir(images):
        run(sys.executable, places.fixture("shapes", "make.py"), images, "--train", 480, "--val", 160, "--test", 320)
    store = extract(places, images, "shapes-layers")
    probe = seeds(places, store, "position-probe", "--method", "linear", "--k", "final")
    attentive = seeds(places, store, "position-layers", "--method", "linear", "--pool", "attentive", "--k", "layers")
    row(
        "position, attentive on layer tokens, 3 seeds", "20 points over the linear probe",
        f"{mean(attentive)} % over {mean(probe)} %", statistics.mean(attentive) - statistics.mean(probe) >= 20)
    values, transfer, _ = within_budget(places, store, "position-layers")
    row(
        f"position, default search, --budget {BUDGET}, 3 seeds", "20 points over the linear probe, at most 40960 bytes",
        f"{mean(values)} %, {transfer} bytes", statistics.mean(values) - statistics.mean(probe) >= 20 and transfer <= 40960)
    best_of_all(places, store, "position-layers", 320)


def device(places, store, head):
    """The bundle of a head on layer tokens in the runtime against `mist eval`."""
    bundle, predictions = places.output("layers.mistedge"), places.output("layers.tsv")
    run("mist", "export", head, "-o", bundle, "--features", store)
    run("mist", "eval", head, store, "--split", "test", "--predictions", predictions)
    with open(predictions) as file:
        expected = [line.rstrip("\n").split("\t")[2] for line in file][1:]
    manifest = json.load(open(os.path.join(store, "manifest.json")))
    test = next(split for split in manifest["splits"] if split["name"] == "test")
    found = run(places.edge, "run", bundle, *[os.path.join(store, s["file"]) for s in test["shards"]], "--labels")[0].splitlines()
    same = sum(a == b for a, b in zip(found, expected))
    row(
        "mist-edge on layer tokens", "all 1000 as mist eval",
        f"{same} of {len(expected)} the same, bundle {os.path.getsize(bundle)} bytes",
        same == len(expected) == len(found))
