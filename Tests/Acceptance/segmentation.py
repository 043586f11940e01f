"""Segmentation on real features, beside the PyTorch references, and the same class maps on the device."""
import glob
import json
import os
import shutil
import statistics

import maps
from report import Skip, row, run, run_json

SEEDS = "0,1,2"
EPOCHS = 22
POINTS = 1.5
INPUT = "364x476"
# Learning rates of both sides, by method.
RATES = {"linear": "3e-3", "lae": "1e-3"}
# mIoU in % on CamVid's validation images of the same heads trained by PyTorch on the same features: mean and spread over three
# seeds (`Fixtures/segmentation-training/train.py STORE --k K [--lae final] --lr RATE`), by method and input.
REFERENCES = {
    ("linear", "final"): (42.2, 0.3),
    ("linear", "4"): (33.1, 0.1),
    ("linear", "8"): (48.9, 0.1),
    ("linear", "12"): (46.2, 0.5),
    ("lae", "4"): (33.4, 0.4),
    ("lae", "8"): (49.1, 0.4),
}


def camvid_folder(places):
    folder = os.path.join(places.data, "camvid-ade")
    if not os.path.isdir(folder):
        raise Skip("no real images: camvid-ade is not in the data folder (--data DIR)")
    return folder


def camvid_model(places):
    """The DINOv2 ViT-S/14 with its usual preprocessing."""
    if not os.path.exists(places.model):
        raise Skip("no DINOv2 ONNX file: PyPI was not reached, and --model names none")
    converted = places.output("dinov2-camvid.safetensors")
    run("mist", "convert", places.model, "-o", converted)
    return converted


def features(places):
    store = places.output("camvid-features")
    if not os.path.exists(os.path.join(store, "manifest.json")):
        folder, model = camvid_folder(places), camvid_model(places)
        *_, seconds = run("mist", "extract", model, folder, "-o", store, "--input", INPUT, "--gather", "4,8,12")
        print(f"extract took {seconds:.0f} s", flush=True)
    return store


def trained(places, store, method, k, name):
    """mIoU in % of three seeds on validation, and the seconds that they took."""
    lae = "final" if method == "lae" else "none"
    result = run_json(
        "mist", "train", store, "-o", places.output(name + ".safetensors"), "--recipe", "plain", "--head", "linear", "--lae", lae,
        "--k", k, "--epochs", EPOCHS, "--batch", 8, "--lr", RATES[method], "--weight-decay", "0.01", "--seed", SEEDS)
    return [100 * seed["meanIoU"] for seed in result["validation"]], result["seconds"]


def camvid(places):
    """CamVid (100/40) on real DINOv2 features beside PyTorch."""
    store, gathered = features(places), []
    for (method, k), (reference, spread) in REFERENCES.items():
        values, seconds = trained(places, store, method, k, f"camvid-{method}-{k}")
        mean = statistics.mean(values)
        row(
            f"CamVid, {method}, k = {k}, {EPOCHS} epochs, 3 seeds", f"{reference} ± {spread} mIoU, at most {POINTS} below",
            f"{mean:.1f} ± {statistics.stdev(values):.1f}, {seconds:.0f} s", mean >= reference - POINTS)
        if method == "linear" and k != "final":
            gathered.append(mean)
    head = places.output("camvid-default.safetensors")
    result = run_json("mist", "train", store, "-o", head)
    value = 100 * run_json("mist", "eval", head, store, "--split", "val")["meanIoU"]
    recipe = result["recipe"]
    row(
        "CamVid, default recipe", f"at least the best gather + linear, {max(gathered):.1f} mIoU",
        f"{value:.1f} mIoU: {recipe['head']}, LAE {recipe['lae']}, {recipe['feature']}; {result['runs']} runs in "
        f"{result['seconds']:.0f} s", value >= max(gathered))


def trained_head(places):
    """A head with attention if one was trained, for what only needs some head."""
    for name in ("camvid-lae-12", "camvid-default"):
        head = places.output(name + ".safetensors")
        if os.path.exists(head):
            return head
    raise Skip("the camvid checks have not trained a head")


def camvid_device(places):
    """Class maps of the bundles in the runtime against mist predict and mist eval, on all validation images."""
    head, store = trained_head(places), features(places)
    evaluation = run_json("mist", "eval", head, store, "--split", "val")
    truth, expected = maps.stored_masks(store, "val"), None
    for dtype in ("f32", "f16", "int8"):
        bundle = places.output(f"camvid-{dtype}.mistedge")
        run("mist", "export", head, "-o", bundle, "--dtype", dtype, "--features", store)
        run(places.edge, "selftest", bundle)
        found = maps.stored_maps(places, bundle, store, "val")
        predicted = maps.predicted_maps(places, bundle, store, "val")
        if expected is None:
            expected = found
            off = abs(maps.confusion(found, truth, len(evaluation["classes"])) - evaluation["confusion"]).sum()
            row(
                "mist-edge, f32 bundle, confusion matrix", "as mist eval's of the head file",
                f"{off} of {2 * (truth != 255).sum()} counts differ", off == 0)
        wrong, changed = maps.different(found, predicted), maps.different(found, expected)
        row(
            f"mist-edge, {dtype} bundle, class maps", "every pixel as mist predict" if dtype == "f32" else "reported",
            f"{wrong} of {found.size} pixels not as mist predict, {100 * changed / found.size:.3f} % not as f32, bundle "
            f"{os.path.getsize(bundle)} bytes", dtype != "f32" or wrong == 0)


def overlays(places):
    """Masks and overlay pictures of real images."""
    import numpy as np
    from PIL import Image

    head = trained_head(places)
    images = sorted(glob.glob(os.path.join(camvid_folder(places), "images", "validation", "*.jpg")))[::10]
    folder = places.output("overlays", "x").rsplit(os.sep, 1)[0]
    shutil.rmtree(folder)
    run("mist", "predict", camvid_model(places), head, *images, "-o", folder)
    with open(os.path.join(features(places), "manifest.json")) as file:
        classes = len(json.load(file)["classes"])
    right, hits, counted = True, 0, 0
    for image in images:
        name, picture = os.path.basename(image)[:-4], Image.open(image)
        mask, overlay = (Image.open(os.path.join(folder, f"{name}-{kind}.png")) for kind in ("mask", "overlay"))
        found = np.asarray(mask)
        truth = np.asarray(Image.open(image.replace("images", "annotations").replace(".jpg", ".png"))).astype(int) - 1
        hits, counted = hits + (found == truth)[truth >= 0].sum(), counted + (truth >= 0).sum()
        right &= mask.mode == "P" and overlay.mode == "RGB" and mask.size == overlay.size == picture.size
        right &= int(found.max()) < classes
        # Half of the picture and half of its classes' colours.
        colours = np.asarray(mask.convert("RGB")).astype(float)
        blend = (np.asarray(picture.convert("RGB")).astype(float) + colours) / 2
        right &= float(abs(np.asarray(overlay) - blend).max()) <= 1
    row(
        f"mist predict, {len(images)} images", "masks and overlays of the images' size",
        f"pixel accuracy {100 * hits / counted:.1f} %; look at {folder}", right)
