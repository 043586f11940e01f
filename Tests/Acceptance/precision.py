"""Features in bf16 and int8 beside the same in f32, on real images: the median and the worst token, and what heads make of them."""
import glob
import json
import os
import statistics

import segmentation
from classification import SEEDS, mean, seeds
from report import Skip, row, run

DEPTHS = ("4", "8", "12")
MEDIAN, WORST = 0.999, 0.99
# Without images to calibrate by, a token of int8 may tip the other way in the attention of the last blocks: in so many of a thousand images.
STRAYING = 2
POINTS = 0.3
MAP_POINTS = 0.5
VARIANTS = {"f32": (), "bf16": (), "int8": (), "int8, calibrated": ("--calibrate",)}


def extract(places, images, variant):
    """The store of a variant; calibrated by the validation images, which `cosines` leaves out."""
    store = places.output("precision-" + variant.replace(", ", "-"))
    precision = variant.split(",")[0]
    calibration = [word for flag in VARIANTS[variant] for word in (flag, os.path.join(images, "val"))]
    run(
        "mist", "extract", places.real_model(), images, "-o", store, "--gather", ",".join(DEPTHS), "--precision", precision,
        *calibration)
    return store


def cosines(store, reference, key):
    """Of every token of every training and test image, `[images, T]`."""
    import torch
    from safetensors.torch import load_file

    parts = []
    for split in ("train", "test"):
        for path in sorted(glob.glob(os.path.join(reference, split + "-*.safetensors"))):
            pair = [load_file(file)[key].float() for file in (path, os.path.join(store, os.path.basename(path)))]
            parts.append(torch.nn.functional.cosine_similarity(*pair, dim=-1))
    return torch.cat(parts)


def tokens(store, reference, variant):
    for depth in DEPTHS:
        values = cosines(store, reference, "k" + depth)
        median, lowest = values.median().item(), values.amin(1)
        straying = (lowest < WORST).sum().item()
        allowed = STRAYING * len(values) // 1000 if variant == "int8" else 0
        target = f"median >= {MEDIAN}, every token >= {WORST}" + (f" in all but {allowed} images" if allowed else "")
        row(
            f"CIFAR-10, {variant}, cosines of G_{depth} to f32, {len(values)} images", target,
            f"median {median:.5f}, worst {lowest.min().item():.4f}, {straying} images below {WORST}",
            median >= MEDIAN and straying <= allowed)


def heads(places, stores):
    # LAE heads of one store are some 1.2 points apart: it takes more seeds to see a third of that.
    options = {
        "linear": (SEEDS, "--method", "linear"), "mist": ("0,1,2,3,4,5,6,7,8", "--method", "mist", "--epochs", "20", "--lr", "1e-3"),
    }
    for method, (chosen, *words) in options.items():
        found = {
            variant: seeds(
                places, store, f"precision-{method}-{variant.replace(', ', '-')}", *words, "--k", "12", "--recipe", "plain", chosen=chosen)
            for variant, store in stores.items()
        }
        exact = found["f32"]
        for variant in list(stores)[1:]:
            # The standard error of the difference is granted.
            error = ((statistics.variance(exact) + statistics.variance(found[variant])) / len(exact)) ** 0.5
            row(
                f"CIFAR-10, {method} on G_12 in {variant}, {len(exact)} seeds", f"{mean(exact)} % - {POINTS} - {error:.1f}",
                mean(found[variant]) + " %", statistics.mean(found[variant]) >= statistics.mean(exact) - POINTS - error)


def int8(places):
    """Features in bf16 and int8 beside f32, CIFAR-10: every token, and what heads make of them."""
    images = os.path.join(places.data, "cifar10-vtab")
    if not os.path.isdir(images):
        raise Skip(f"no real images: {os.path.basename(images)} is not in the data folder (--data DIR)")
    stores = {variant: extract(places, images, variant) for variant in VARIANTS}
    for variant in list(VARIANTS)[1:]:
        tokens(stores[variant], stores["f32"], variant)
    heads(places, stores)


def int8_camvid(places):
    """Segmentation heads on features in bf16 and int8 beside f32, CamVid."""
    folder, model = segmentation.camvid_folder(places), segmentation.camvid_model(places)
    found = {}
    for precision in ("f32", "bf16", "int8"):
        store = places.output(f"precision-camvid-{precision}")
        run(
            "mist", "extract", model, folder, "-o", store, "--input", segmentation.INPUT, "--gather", "8", "--no-final", "--precision",
            precision)
        for method in ("linear", "lae"):
            found[method, precision], _ = segmentation.trained(places, store, method, "8", f"precision-camvid-{method}-{precision}")
    for (method, precision), values in found.items():
        exact = found[method, "f32"]
        if precision != "f32":
            row(
                f"CamVid, {method} on G_8 in {precision}, 3 seeds", f"{mean(exact)} mIoU - {MAP_POINTS}", f"{mean(values)} mIoU",
                statistics.mean(values) >= statistics.mean(exact) - MAP_POINTS)


def bf16_training(places):
    """LAE heads trained in bf16 beside f32: losses of every epoch within the scatter of f32's seeds, and as good on test."""
    images = os.path.join(places.data, "cifar10-vtab")
    if not os.path.isdir(images):
        raise Skip(f"no real images: {os.path.basename(images)} is not in the data folder (--data DIR)")
    store, options = extract(places, images, "f32"), ("--method", "mist", "--k", "12", "--recipe", "plain", "--epochs", "20", "--lr", "1e-3")
    found, losses, rates = {}, {}, {}
    for precision in ("f32", "bf16"):
        name = f"training-{precision}"
        found[precision] = seeds(places, store, name, *options, "--precision", precision)
        trials = [trial(places.output(f"{name}-s{seed}.json")) for seed in SEEDS.split(",")]
        losses[precision] = [[epoch["loss"] for epoch in trial["epochs"]] for trial in trials]
        rates[precision] = statistics.mean(trial["samplesPerSecond"] for trial in trials)
    # Of every epoch: how far the mean of the seeds is from f32's, and how far f32's seeds are from each other.
    distances = [abs(statistics.mean(a) - statistics.mean(b)) for a, b in zip(zip(*losses["f32"]), zip(*losses["bf16"]))]
    scatter = [statistics.stdev(values) for values in zip(*losses["f32"])]
    row(
        "CIFAR-10, mist on G_12 trained in bf16, mean loss of 3 seeds", "within the scatter of f32's seeds, in the mean of 20 epochs",
        f"{statistics.mean(distances):.1e} of {statistics.mean(scatter):.1e}; {rates['bf16'] / rates['f32']:.2f} x the samples/s",
        statistics.mean(distances) <= statistics.mean(scatter))
    exact, error = statistics.mean(found["f32"]), statistics.stdev(found["f32"]) / len(found["f32"]) ** 0.5
    row(
        "CIFAR-10, the same, test accuracy", f"{mean(found['f32'])} % - {POINTS} - {error:.1f}", mean(found["bf16"]) + " %",
        statistics.mean(found["bf16"]) >= exact - POINTS - error)


def trial(path):
    with open(path) as file:
        (one,) = json.load(file)["runs"]
    return one["trial"]
