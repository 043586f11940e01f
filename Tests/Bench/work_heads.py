"""What a device does: training a head on stored features, and running it."""
import glob
import json
import os
import re
import sys

from measuring import MEBIBYTE, Entry, Figure, run
from record import REPOSITORY

LAE = ["--method", "lae", "--recipe", "plain", "--k", "12", "--seed", "0"]
MASKS = ["--recipe", "plain", "--head", "linear", "--lae", "final", "--k", "12", "--batch", "8", "--lr", "1e-3", "--seed", "0"]
# Drawn images to train on, and passes over them.
SAMPLES, EPOCHS = 320, 3
SCENES = 40


def lae_store(places):
    """[197, 768] of drawn images by ViT-B/16."""
    return places.store("lae-features", "vit-b16", places.shapes(SAMPLES), "--gather", "12", "--no-final")


def int8_store(places):
    """The same in int8."""
    return places.store("lae-features-int8", "vit-b16", places.shapes(SAMPLES), "--gather", "12", "--no-final", "--dtype", "int8")


def scenes_store(places):
    """[884, 384] of drawn scenes by DINOv2 S/14, with masks."""
    scenes = places.output("bench", "scenes")
    if not os.path.isdir(scenes):
        run(sys.executable, places.fixture("scenes", "make.py"), scenes + ".new", "--train", SCENES, "--val", 4, "--test", 4)
        os.rename(scenes + ".new", scenes)
    return places.store("scenes-features", "dinov2-s14", scenes, "--input", "364x476", "--gather", "12", "--no-final")


def train(places, store, options, epochs=EPOCHS, head="bench-head.safetensors"):
    """Samples per second of the training steps alone, and the process's largest resident size with mapped features."""
    head, log = places.output("bench", head), places.output("bench", "train.json")
    run("mist", "train", store, "-o", head, "--epochs", epochs, "--threads", places.threads, "--log", log, *options)
    with open(log) as file:
        content = json.load(file)
    return head, content["runs"][content["chosen"]]["trial"]["samplesPerSecond"], content["peakMemoryBytes"]


def trained(places, store, options, precision="f32"):
    def measure():
        head, rate, peak = train(places, store, [*options, "--precision", precision])
        alone = json.loads(run("mist", "bench", head, "--threads", places.threads, "--seconds", 2, "--json"))
        return Figure(rate, peak, rate / alone["limitSamplesPerSecond"])

    return Entry("mist", measure, precision)


def twin(command):
    def measure():
        result = json.loads(run(sys.executable, *command).splitlines()[-1])
        return Figure(result["samplesPerSecond"], result["peakMemoryBytes"], version=result["torch"])

    return Entry("pytorch", measure)


def lae_training(places):
    """Training an LAE on [197, 768], batch 32, every token; PyTorch in the plain form"""
    store = lae_store(places)
    script = os.path.join(REPOSITORY, "Tests", "Acceptance", "peer.py")
    return [
        trained(places, store, LAE),
        trained(places, store, LAE, "bf16"),
        twin([script, store, "--method", "mist", "--k", 12, "--epochs", EPOCHS, "--seeds", 0, "--threads", places.threads])]


def segmentation_training(places):
    """Training an LAE on maps [884, 384], batch 8; PyTorch in the plain form"""
    store = scenes_store(places)
    script = places.fixture("segmentation-training", "train.py")
    return [
        trained(places, store, MASKS),
        trained(places, store, MASKS, "bf16"),
        twin([script, store, "--k", 12, "--lae", "final", "--epochs", EPOCHS, "--seeds", 0, "--threads", places.threads])]


def edge_head(places):
    """An LAE head on [197, 768], four blocks of rank 32, one sample at a time on one core; int8: weights and features"""
    store = lae_store(places)
    head, *_ = train(places, store, LAE, epochs=1, head="edge-head.safetensors")
    bundle = places.output("bench", "edge-head.mistedge")
    run("mist", "export", head, "-o", bundle, "--features", store)
    peer = [sys.executable, places.peer("edge_head.py"), "--folder", places.output("bench")]

    def mist(precision, bundle, store):
        shards = sorted(glob.glob(os.path.join(store, "test-*.safetensors")))

        def measure():
            text = run(places.edge, "run", bundle, *shards * 8, "--labels", "--stats", errors=True)
            mean, peak = re.search(r"mean ([\d.]+) ms.*peak memory ([\d.]+) MiB", text).groups()
            return Figure(1000 / float(mean), round(float(peak) * MEBIBYTE))

        return Entry("mist", measure, precision)

    def onnxruntime():
        result = json.loads(run(*peer, "--seconds", places.seconds / 2))
        return Figure(result["rate"], result["peak"], version=result["version"])

    run(*peer, "--prepare")
    small, narrow = int8_store(places), places.output("bench", "edge-head-int8.mistedge")
    run("mist", "export", head, "-o", narrow, "--dtype", "int8", "--features", small)
    return [mist("f32", bundle, store), mist("int8", narrow, small), Entry("onnxruntime", onnxruntime)]


def edge_tuning(places):
    """Training an LAE on [197, 768] of an int8 store by mist-edge on one core, validation counted; PyTorch in the plain form on one core"""
    store = lae_store(places)
    small = int8_store(places)
    head, *_ = train(places, small, LAE, epochs=1, head="edge-tuning.safetensors")
    bundle = places.output("bench", "edge-tuning.mistedge")
    run("mist", "export", head, "-o", bundle, "--dtype", "int8", "--features", small)
    shards = {split: sorted(glob.glob(os.path.join(small, split + "-*.safetensors"))) for split in ("train", "val")}
    script = os.path.join(REPOSITORY, "Tests", "Acceptance", "peer.py")

    def mist():
        text = run(
            places.edge, "tune", bundle, *shards["train"], "--val", *shards["val"], "-o", bundle + ".new", "--epochs", EPOCHS, "--memory",
            24, "--stats", errors=True)
        rate, peak = re.search(r"([\d.]+) samples/s.*peak memory ([\d.]+) MiB", text).groups()
        return Figure(float(rate), round(float(peak) * MEBIBYTE))

    return [
        Entry("mist", mist),
        twin([script, store, "--method", "mist", "--k", 12, "--epochs", EPOCHS, "--seeds", 0, "--threads", 1])]
