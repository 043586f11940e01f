"""How cost grows: with the image's size, threads, depth, the number of images, and classes. One axis is one work."""
import csv
import glob
import os

from measuring import Entry, Figure
from work_gather import figure, mist_bench
from work_heads import LAE, train
from work_images import extraction, photographs

SIDES = (112, 168, 224, 280, 336, 392, 448)
DEPTHS = (1, 2, 4, 6, 8, 10, 12)
IMAGES = (1, 4, 16, 64, 256)
CLASSES = (2, 10, 100, 1000)
# Samples that heads of every number of classes are trained on.
SAMPLES = 96


def bench(places, x, *options, threads=None):
    model = places.model("dinov2-s14")
    run = lambda: figure(mist_bench(model, threads or places.threads, places.seconds / 2, *options))
    return Entry("mist", run, x=x)


def size(places):
    """Images per second of DINOv2 S/14 by the side of a square image in pixels, gather 12"""
    return [bench(places, side, "--size", f"{side}x{side}", "--gather", "12") for side in SIDES]


def threads(places):
    """Images per second of DINOv2 S/14 by threads, gather 12"""
    return [bench(places, count, "--gather", "12", threads=count) for count in range(1, places.threads + 1)]


def depth(places):
    """Images per second of DINOv2 S/14 by the depth k of the gather"""
    return [bench(places, k, "--gather", k) for k in DEPTHS]


def images(places):
    """Seconds of a whole extraction by DINOv2 S/14 per image, by the number of images"""
    model = places.model("dinov2-s14")

    def entry(count):
        folder = photographs(places, count)

        def measure():
            seconds, peak, found = extraction(places, model, folder, "--gather", "12", "--threads", places.threads)
            return Figure(seconds / found, peak)

        return Entry("mist", measure, x=count)

    return [entry(count) for count in IMAGES]


def classes(places):
    """Samples per second of training an LAE on [257, 384], batch 32, by the number of classes"""
    return [Entry("mist", measure(places, count), x=count) for count in CLASSES]


def measure(places, count):
    """Of a store of the same images whose class list is `count` long."""
    folder = places.output("bench", f"classes-{count}")
    os.makedirs(folder, exist_ok=True)
    names, rows = os.path.join(folder, "names.txt"), os.path.join(folder, "images.csv")
    drawn = sorted(glob.glob(os.path.join(places.shapes(SAMPLES), "train", "*", "*.png")))
    with open(names, "w") as file:
        file.writelines(f"class {number}\n" for number in range(count))
    with open(rows, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "label", "split"])
        for number, path in enumerate(drawn):
            table.writerow([path, f"class {number % count}", "val" if number % 8 == 7 else "train"])
    store = places.store(
        f"classes-{count}-features", "dinov2-s14", "--list", rows, "--classes", names, "--gather", "12", "--no-final")

    def run():
        _, rate, peak = train(places, store, LAE, epochs=6)
        return Figure(rate, peak)

    return run


AXES = {"size": (size, "images/s"), "threads": (threads, "images/s"), "depth": (depth, "images/s"), "images": (images, "s"),
        "classes": (classes, "samples/s")}
