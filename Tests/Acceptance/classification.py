"""Training on real features, beside the PyTorch references, and the same predictions on the device."""
import json
import os
import statistics
import sys

from report import Skip, row, run, run_json

SEEDS = "0,1,2"
POINTS = 1.5
# The shallow LAE's seeds scatter more: twice the spread of five. `methods.py` compares its losses instead.
SHALLOW_POINTS = 3.0
# Test accuracy in % of the same heads trained by PyTorch on the same features, by method, input and epochs. Linear heads are
# means of three seeds, LAE figures single runs; `peer.py` trains more of them.
REFERENCES = {
    ("linear", "final", 100): 59.9,
    ("linear", "12", 100): 63.6,
    ("linear", "8", 100): 54.0,
    ("linear", "4", 100): 41.5,
    ("lae", "12", 20): 60.1,
    ("lae", "8", 20): 55.0,
    ("lae", "4", 20): 43.3,
    ("lae", "12", 100): 59.7,
    ("lae", "8", 100): 56.1,
    ("lae", "4", 100): 44.5,
}


def extract(places, images, name):
    store = places.output(name)
    _, errors, seconds = run("mist", "extract", places.real_model(), images, "-o", store, "--gather", "4,8,12")
    print(f"extract took {seconds:.0f} s", flush=True)
    return store


def accuracy(head, store):
    """Test accuracy in %."""
    return 100 * run_json("mist", "eval", head, store, "--split", "test")["accuracy"]


def train(places, store, name, *options):
    """Trains one head; returns its path and test accuracy in %."""
    head = places.output(name + ".safetensors")
    run("mist", "train", store, "-o", head, "--log", places.output(name + ".json"), *options)
    return head, accuracy(head, store)


def seeds(places, store, name, *options, chosen=SEEDS):
    return [train(places, store, f"{name}-s{seed}", *options, "--seed", seed)[1] for seed in chosen.split(",")]


def mean(values):
    spread = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.1f}{spread}"


def references(places, store):
    """Every method and depth beside its reference; returns the accuracy of gather + linear at the last depth."""
    for (method, k, epochs), reference in REFERENCES.items():
        if method == "lae" and (epochs == 100) != places.long:
            continue
        options = ["--method", method, "--k", k, "--epochs", epochs, "--recipe", "plain"]
        values = seeds(places, store, f"cifar10-{method}-{k}", *options)
        points = SHALLOW_POINTS if (method, k) == ("lae", "4") else POINTS
        row(
            f"CIFAR-10, {method}, k = {k}, {epochs} epochs, 3 seeds", f"{reference} % ± {points}", mean(values) + " %",
            statistics.mean(values) >= reference - points)
        if (method, k) == ("linear", "12"):
            linear = statistics.mean(values)
    return linear


def cifar10(places):
    """CIFAR-10 (800/200/1000) on real DINOv2 features beside PyTorch."""
    images = os.path.join(places.data, "cifar10-vtab")
    if not os.path.isdir(images):
        raise Skip(f"no real images: {os.path.basename(images)} is not in the data folder (--data DIR)")
    store = extract(places, images, "cifar10-features")
    linear = references(places, store)
    head, value = train(places, store, "cifar10-default")
    row("CIFAR-10, default recipe", f"at least {linear - 1:.1f} %", f"{value:.1f} %", value >= linear - 1)


def device(places):
    """The bundle in the runtime against `mist eval`, on all test images."""
    store, head = places.output("cifar10-features"), places.output("cifar10-lae-12-s0.safetensors")
    if not os.path.exists(head):
        raise Skip("the cifar10 checks have not trained a head")
    predictions = places.output("predictions.tsv")
    run("mist", "eval", head, store, "--split", "test", "--predictions", predictions)
    with open(predictions) as file:
        lines = [line.rstrip("\n").split("\t") for line in file]
    expected = [line[2] for line in lines[1:]]
    manifest = json.load(open(os.path.join(store, "manifest.json")))
    test = next(split for split in manifest["splits"] if split["name"] == "test")
    shards = [os.path.join(store, shard["file"]) for shard in test["shards"]]
    for dtype in ("f32", "f16", "int8"):
        bundle = places.output(f"head-{dtype}.mistedge")
        run("mist", "export", head, "-o", bundle, "--dtype", dtype, "--features", store)
        run(places.edge, "selftest", bundle)
        found = run(places.edge, "run", bundle, *shards, "--labels")[0].splitlines()
        same = sum(a == b for a, b in zip(found, expected))
        right = sum(a == line[1] for a, line in zip(found, lines[1:]))
        row(
            f"mist-edge, {dtype} bundle", "all 1000 as mist eval" if dtype == "f32" else "reported",
            f"{same} of {len(expected)} the same, accuracy {100 * right / len(expected):.1f} %, "
            f"bundle {os.path.getsize(bundle)} bytes",
            dtype != "f32" or same == len(expected) == len(found))


def position(places):
    """A drawn position task: gather + LAE far above the linear probe."""
    images = places.output("shapes")
    if not os.path.isdir(images):
        run(sys.executable, places.fixture("shapes", "make.py"), images)
    store = extract(places, images, "shapes-features")
    _, probe = train(places, store, "shapes-probe", "--method", "linear", "--k", "final")
    head, value = train(places, store, "shapes-default")
    is_lae = any(tensor["name"].startswith("blocks.") for tensor in run_json("mist", "inspect", head)["tensors"])
    row(
        "position, 16 classes, default recipe", "gather + LAE, 25 points over the linear probe",
        f"{'LAE' if is_lae else 'linear'}, {value:.1f} % over {probe:.1f} %", is_lae and value - probe >= 25)


def position_attentive(places):
    """A drawn position task: attentive pooling of an intermediate gather far above the linear probe."""
    images = places.output("shapes-small")
    if not os.path.isdir(images):
        run(sys.executable, places.fixture("shapes", "make.py"), images, "--train", 480, "--val", 160, "--test", 320)
    store = extract(places, images, "shapes-small-features")
    probe = seeds(places, store, "position-probe", "--method", "linear", "--k", "final")
    attentive = seeds(places, store, "position-attentive", "--method", "linear", "--pool", "attentive", "--k", "8")
    gain = statistics.mean(attentive) - statistics.mean(probe)
    row(
        "position, 480 / 160 / 320 images, 3 seeds", "attentive pooling of G_8 without blocks, 20 points over the linear probe",
        f"{mean(attentive)} % over {mean(probe)} %", gain >= 20)
