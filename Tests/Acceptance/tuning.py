"""Training on the device beside `mist train`, and integers end to end, on real photographs."""
import csv
import glob
import json
import os
import statistics

import classification
from report import Skip, row, run

LOSS = 1e-3
EPOCHS = 5
# Classes that a head begins with, and samples of each new one that it gets to see.
KNOWN, FEW = 8, 10
CHANGED, POINTS = 1.5, 0.5


def images_of(places):
    images = os.path.join(places.data, "cifar10-vtab")
    if not os.path.isdir(images):
        raise Skip(f"no real images: {os.path.basename(images)} is not in the data folder (--data DIR)")
    return images


def shards(store, split):
    return sorted(glob.glob(os.path.join(store, split + "-*.safetensors")))


def tune(places, bundle, store, output, *options):
    """The objects that a run prints: an epoch each, and the result."""
    words = [
        places.edge, "tune", bundle, *shards(store, "train"), "--val", *shards(store, "val"), "-o", output, "--json", *options]
    return [json.loads(line) for line in run(*words)[0].splitlines()]


def losses(places, store):
    """The same recipe and seed by both trainers."""
    for name, options in {"linear": ["linear"], "mist": ["mist"], "attentive": ["linear", "--pool", "attentive"]}.items():
        head, log, bundle = (places.output(f"tune-{name}{ending}") for ending in (".safetensors", ".json", ".mistedge"))
        run(
            "mist", "train", store, "-o", head, "--log", log, "--method", *options, "--k", "12", "--recipe", "plain", "--epochs", EPOCHS,
            "--lr", "1e-3", "--seed", "0")
        with open(log) as file:
            expected = [epoch["loss"] for epoch in json.load(file)["runs"][0]["trial"]["epochs"]]
        run("mist", "export", head, "-o", bundle, "--features", store)
        *epochs, _ = tune(places, bundle, store, bundle + ".new", "--restart", "--epochs", EPOCHS, "--lr", "1e-3")
        furthest = max(abs(epoch["loss"] - loss) / loss for epoch, loss in zip(epochs, expected, strict=True))
        row(f"mist-edge tune, {name}, losses of {EPOCHS} epochs beside mist train", f"{LOSS:.0e}", f"{furthest:.1e}", furthest <= LOSS)


def listed(places, images, name, keep):
    """A store of the images that `keep` wants, by split, class and number, with all classes in the order of their names."""
    classes = sorted(os.listdir(os.path.join(images, "train")))
    rows, names = places.output(name + ".csv"), places.output(name + ".txt")
    with open(names, "w") as file:
        file.writelines(text + "\n" for text in classes)
    with open(rows, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "label", "split"])
        for split in ("train", "val", "test"):
            for place, text in enumerate(classes):
                for number, path in enumerate(sorted(glob.glob(os.path.join(images, split, text, "*")))):
                    if keep(split, place, number):
                        table.writerow([path, text, split])
    return classes, ["--list", rows, "--classes", names]


def classes_added(places, images):
    """A head of eight classes learns two more from a few photographs of each."""
    known = places.output("tune-known")
    model = places.real_model()
    folder = places.output("tune-eight")
    for split in ("train", "val", "test"):
        os.makedirs(os.path.join(folder, split), exist_ok=True)
        for text in sorted(os.listdir(os.path.join(images, split)))[:KNOWN]:
            link = os.path.join(folder, split, text)
            if not os.path.exists(link):
                os.symlink(os.path.join(os.path.abspath(images), split, text), link)
    run("mist", "extract", model, folder, "-o", known, "--gather", "12", "--precision", "auto")
    names, options = listed(places, images, "tune-few", lambda split, place, number: split != "train" or place < KNOWN or number < FEW)
    few = places.output("tune-few")
    run("mist", "extract", model, *options, "-o", few, "--gather", "12", "--precision", "auto")
    head, bundle, grown = places.output("tune-known.safetensors"), places.output("tune-known.mistedge"), places.output("tune-grown.mistedge")
    run("mist", "train", known, "-o", head, "--method", "linear", "--k", "12", "--recipe", "plain", "--epochs", "60")
    run("mist", "export", head, "-o", bundle, "--features", known)
    more = [word for name in names[KNOWN:] for word in ("--add-class", name)]
    tune(places, bundle, few, grown, *more, "--epochs", "10")

    def right(path, store, classes):
        found = run(places.edge, "run", path, *shards(store, "test"), "--labels")[0].splitlines()
        with open(os.path.join(store, "manifest.json")) as file:
            truth = next(split["labels"] for split in json.load(file)["splits"] if split["name"] == "test")
        pairs = [(label, names[true]) for label, true in zip(found, truth, strict=True) if true in classes]
        return 100 * statistics.mean(a == b for a, b in pairs)

    before, after = right(bundle, known, range(KNOWN)), right(grown, few, range(KNOWN))
    new = right(grown, few, range(KNOWN, len(names)))
    row(
        f"mist-edge tune --add-class, {len(names) - KNOWN} classes from {FEW} photographs each", "new 40 %, known at most 10 lower",
        f"new {new:.1f} %, known {after:.1f} % after {before:.1f} %", new >= 40 and after >= before - 10)


def integers(places, store, images):
    """int8 weights and int8 features beside f32 weights and f16 features."""
    small = places.output("tune-int8-features")
    run("mist", "extract", places.real_model(), images, "-o", small, "--gather", "12", "--dtype", "int8")
    changed, drops = [], []
    for seed in classification.SEEDS.split(","):
        head = places.output(f"tune-int8-s{seed}.safetensors")
        run("mist", "train", store, "-o", head, "--method", "mist", "--k", "12", "--recipe", "plain", "--epochs", "20", "--seed", seed)
        found = []
        for dtype, features in (("f32", store), ("int8", small)):
            bundle = places.output(f"tune-{dtype}-s{seed}.mistedge")
            run("mist", "export", head, "-o", bundle, "--dtype", dtype, "--features", features)
            lines = run(places.edge, "run", bundle, *shards(features, "test"), "--json")[0].splitlines()
            samples = [json.loads(line) for line in lines]
            found.append(([sample["classes"][0]["class"] for sample in samples[:-1]], 100 * samples[-1]["accuracy"]))
        (exact, high), (coded, low) = found
        changed.append(100 * statistics.mean(a != b for a, b in zip(exact, coded, strict=True)))
        drops.append(high - low)
    row(
        "mist-edge, int8 weights and features, CIFAR-10, 3 seeds", f"{CHANGED} % of predictions changed, {POINTS} points lower",
        f"{max(changed):.1f} % at most, {statistics.mean(changed):.1f} in the mean, {statistics.mean(drops):.2f} points", max(changed) <= CHANGED and statistics.mean(drops) <= POINTS)


def tuning(places):
    """Training on the device beside `mist train`, classes added, integers end to end, on real photographs."""
    images = images_of(places)
    store = classification.extract(places, images, "cifar10-features")
    losses(places, store)
    classes_added(places, images)
    integers(places, store, images)
