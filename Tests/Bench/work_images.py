"""From images on a disk to features: how long until the first, and what decoding and writing cost."""
import json
import os
import shutil
import sys

from measuring import Entry, Figure, Unavailable, run, timed
from work_gather import mist_bench

# Images after the first that its steady time is taken from.
MORE = 8


def extraction(places, model, images, *options):
    """Seconds, largest resident size and what it says, of a whole extraction to a new store."""
    output = places.output("bench", "extracted")
    shutil.rmtree(output, ignore_errors=True)
    result = timed("mist", "extract", model, images, "-o", output, *options)
    with open(os.path.join(output, "manifest.json")) as file:
        manifest = json.load(file)
    shutil.rmtree(output)
    return *result, sum(len(split["files"]) for split in manifest["splits"])


def first_features(places, model, images, precision, *options):
    """Seconds from the start of an extraction's process to its first features."""
    output = places.output("bench", "extracted")
    shutil.rmtree(output, ignore_errors=True)
    result = json.loads(run("mist", "extract", model, images, "-o", output, *options, "--json"))
    shutil.rmtree(output)
    # Where a processor has no instructions for a precision, products fall back to another.
    if result["precision"] != precision:
        raise Unavailable(f"mist computed in {result['precision']}")
    return result["firstFeaturesSeconds"]


def photographs(places, count):
    """A class folder with `count` copies of a photograph."""
    folder = places.output("bench", f"photographs-{count}", "train", "cat")
    os.makedirs(folder, exist_ok=True)
    for number in range(count):
        shutil.copy(places.fixture("images", "chelsea.jpg"), os.path.join(folder, f"{number:04}.jpg"))
    return os.path.dirname(os.path.dirname(folder))


def beyond_steady(first, one, more):
    """Seconds until the first image's features, less what each of those that follow costs: of whole processes with one and more."""
    return Figure(first - (more[0] - one[0]) / MORE, max(one[1], more[1]))


def prepacked(places, precision):
    """The model with its weights packed beside it."""
    path = places.output("bench", f"vit-b16-prepacked-{precision}.safetensors")
    if not os.path.exists(f"{path}.prepack-{precision}"):
        run("mist", "convert", places.model("vit-b16"), "-o", path, "--prepack", precision)
    return path


def first_image(places):
    """Start of a process to the first image's features, less the steady time of an image: ViT-B/16, one image at a time, warm cache"""
    few, many = photographs(places, 1), photographs(places, 1 + MORE)
    peer = [
        sys.executable, places.peer("gather.py"), "vit-b16", "--tool", "onnxruntime", "--threads", 1, "--folder",
        places.output("bench")]

    def entry(precision, variant=None):
        def mist():
            model = prepacked(places, precision) if variant else places.model("vit-b16")
            options = ["--gather", "4,8,12", "--threads", 1, "--precision", precision]
            first = first_features(places, model, few, precision, *options)
            return beyond_steady(first, *(extraction(places, model, images, *options) for images in (few, many)))

        return Entry("mist", mist, precision, variant=variant)

    def onnxruntime():
        one, more = (timed(*peer, "--images", count) for count in (1, 1 + MORE))
        return beyond_steady(one[0], one, more)

    run(*peer, "--prepare")
    return [
        *(entry(precision, variant) for precision in ("f32", "bf16", "int8") for variant in (None, "prepacked")),
        Entry("onnxruntime", onnxruntime)]


def extract_jpegs(places):
    """Extraction from JPEG files (CamVid) to an f16 store, one depth; its limit is `mist bench` of the same features"""
    images = places.images("camvid-ade")
    vit = "ViT-B/16, 224 x 224", "vit-b16", "224x224"
    cases = [("DINOv2 S/14, 364 x 476", "dinov2-s14", "364x476", "f32"), (*vit, "f32"), (*vit, "bf16")]

    def entry(variant, name, size, precision):
        model = places.model(name)

        def mist():
            seconds, peak, count = extraction(
                places, model, images, "--input", size, "--gather", "12", "--no-final", "--threads", places.threads,
                "--precision", precision)
            alone = mist_bench(
                model, places.threads, places.seconds, "--size", size, "--gather", "12", precision=precision)
            return Figure(count / seconds, peak, count / seconds / alone["imagesPerSecond"])

        return Entry("mist", mist, precision, variant=variant)

    return [entry(*case) for case in cases]
