"""A small world that every verb can work on: a checkpoint, drawn images, and what the tools themselves make of them."""
import os
import shutil
import struct
import subprocess
import zlib

REPOSITORY = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


def png(pixels, width, height):
    """An 8-bit grey PNG file of rows of bytes."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    rows = b"".join(b"\0" + bytes(pixels[y * width:(y + 1) * width]) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def drawn(place, number, size=24):
    """A bright bar whose place says the class."""
    column = 2 + 8 * place + number % 4
    return [250 if column <= x < column + 3 and number % 5 <= y < 14 else 10 + y for y in range(size) for x in range(size)]


class Scene:
    """The files, below one folder; `commands` names the verbs that are tried on them."""

    def __init__(self, tools, edge, folder):
        self.root = os.path.realpath(folder)
        self.mist, self.edge = os.path.join(tools, "mist"), edge
        fixture = lambda *parts: os.path.join(REPOSITORY, "Fixtures", *parts)
        self.source, self.images = self.path("timm-vit"), self.path("images")
        os.makedirs(self.source)
        for name in ("model.safetensors", "config.json"):
            shutil.copy(fixture("vit", "timm-vit", name), self.source)
        for split, count in (("train", 3), ("val", 1), ("test", 2)):
            for place, name in enumerate(("left", "middle", "right")):
                os.makedirs(self.path("images", split, name))
                for number in range(count):
                    with open(self.path("images", split, name, f"{number}.png"), "wb") as file:
                        file.write(png(drawn(place, number), 24, 24))
        self.map_bundle, self.map_features = self.path("maps.mistedge"), self.path("maps.safetensors")
        shutil.copy(fixture("edge-bundle", "maps-f32.mistedge"), self.map_bundle)
        shutil.copy(fixture("edge-features", "maps-f32.safetensors"), self.map_features)
        self.model, self.store = self.path("model.safetensors"), self.path("store")
        self.head, self.bundle = self.path("head.safetensors"), self.path("head.mistedge")
        self.packed = self.path("packed.safetensors")
        for command in (self.convert(self.model), self.prepack(self.packed), self.extract(self.store), self.train(self.head), self.export(self.bundle)):
            self.must(command)
        self.scenes, self.map_model = self.path("scenes"), self.path("segformer.safetensors")
        self.map_store, self.map_head = self.path("map-store"), self.path("map-head.safetensors")
        self.draw_scenes()
        self.must([self.mist, "convert", fixture("segformer", "hf-segformer-hub"), "-o", self.map_model])
        for command in (self.extract_maps(self.map_store), self.train_maps(self.map_head)):
            self.must(command)

    def must(self, command):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def draw_scenes(self):
        """The bars in ADE20K's layout, each with its mask."""
        for split in ("training", "validation"):
            for kind in ("images", "annotations"):
                os.makedirs(self.path("scenes", kind, split))
                for number in range(2):
                    pixels = drawn(number, number)
                    if kind == "annotations":
                        pixels = [1 + (value > 200) for value in pixels]
                    with open(self.path("scenes", kind, split, f"{number}.png"), "wb") as file:
                        file.write(png(pixels, 24, 24))
        with open(self.path("scenes", "classes.txt"), "w") as file:
            file.write("ground\nbar\n")

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def convert(self, output):
        return [self.mist, "convert", self.source, "-o", output]

    def prepack(self, output):
        return [*self.convert(output), "--prepack", "f32"]

    def extract(self, output):
        return [self.mist, "extract", self.model, self.images, "-o", output, "--gather", "1,2", "--shard-size", "4",
                "--threads", "2"]

    def train(self, output):
        return [self.mist, "train", self.store, "-o", output, "--method", "lae", "--rank", "4", "--depth", "2", "--k", "2",
                "--epochs", "2", "--threads", "2"]

    def extract_maps(self, output):
        return [self.mist, "extract", self.map_model, self.scenes, "-o", output, "--views", "2", "--shard-size", "2",
                "--threads", "2"]

    def train_maps(self, output):
        return [self.mist, "train", self.map_store, "-o", output, "--head", "linear", "--epochs", "1", "--threads", "2"]

    def export(self, output):
        return [self.mist, "export", self.head, "-o", output, "--features", self.store]

    def shards(self, split="test"):
        return sorted(self.path("store", name) for name in os.listdir(self.store) if name.startswith(split + "-"))

    def commands(self):
        """Verb by name: a function of the folder to write to, which gives the command line."""
        photos = [self.path("images", "test", name) for name in ("left", "right")]
        return {
            "convert": lambda out: self.convert(out + "/model.safetensors"),
            "convert --prepack": lambda out: self.prepack(out + "/model.safetensors"),
            "convert --to hf": lambda out: [self.mist, "convert", self.source, "--to", "hf", "-o", out + "/hf"],
            "extract": lambda out: self.extract(out + "/store"),
            "train": lambda out: self.train(out + "/head.safetensors"),
            "export": lambda out: self.export(out + "/head.mistedge"),
            "predict": lambda out: [self.mist, "predict", self.model, self.head, *photos],
            "extract masks": lambda out: self.extract_maps(out + "/store"),
            "train masks": lambda out: self.train_maps(out + "/head.safetensors"),
            "predict masks": lambda out: [self.mist, "predict", self.map_model, self.map_head, self.path(
                "scenes", "images", "validation"), "-o", out + "/masks"],
            "eval": lambda out: [self.mist, "eval", self.head, self.store, "--predictions", out + "/predictions.tsv"],
            "edge run": lambda out: [self.edge, "run", self.bundle, *self.shards(), "--labels"],
            "edge tune": lambda out: [
                self.edge, "tune", self.bundle, *self.shards("train"), "--val", *self.shards("val"), "-o", out + "/tuned.mistedge",
                "--epochs", "4", "--lr", "1e-2"],
            "edge maps": lambda out: [self.edge, "run", self.map_bundle, self.map_features, "--maps", out + "/maps"],
        }
