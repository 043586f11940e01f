"""What is mutated: a folder of valid files, which of them changes, and the command lines that read it."""
import glob
import os
import shutil
import signal

import preload
import tool
from scene import REPOSITORY


class Target:
    """`files` by their name in the case's folder; `victim` is the one that changes."""

    def __init__(self, name, files, victim, commands):
        self.name, self.files, self.victim, self.commands = name, files, victim, commands

    def place(self, folder, data):
        for name, source in self.files.items():
            (shutil.copytree if os.path.isdir(source) else shutil.copyfile)(source, os.path.join(folder, name))
        with open(os.path.join(folder, self.victim), "wb") as file:
            file.write(data)

    def original(self):
        head, _, rest = self.victim.partition("/")
        with open(os.path.join(self.files[head], rest) if rest else self.files[head], "rb") as file:
            return file.read()


def begun(scene, library):
    """A store whose extraction was killed when some shards were finished."""
    folder = scene.path("begun")
    for moment in range(10, 2000, 5):
        shutil.rmtree(folder, ignore_errors=True)
        page = preload.Page(library, scene.root, signal=signal.SIGKILL, moment=moment)
        tool.run(scene.extract(folder), page.environment)
        page.read()
        names = os.listdir(folder) if os.path.isdir(folder) else []
        if "plan.json" in names and sum(name.endswith(".safetensors") for name in names) >= 2:
            return folder
    raise AssertionError("no moment leaves a begun store")


def targets(scene, library):
    """All of them."""
    fixture = lambda *parts: os.path.join(REPOSITORY, "Fixtures", *parts)
    mist, edge, photo = scene.mist, scene.edge, scene.path("images", "test", "left", "0.png")
    found = []

    def add(name, files, victim, *commands):
        found.append(Target(name, files, victim, commands))

    convert = [mist, "convert", "IN", "-o", "OUT/model.safetensors"]
    to_hf = [mist, "convert", "IN", "--to", "hf", "-o", "OUT/hf"]
    add("model", {"m.safetensors": scene.model}, "m.safetensors",
        [mist, "predict", "IN/m.safetensors", scene.head, photo], [mist, "inspect", "IN/m.safetensors", "--stats"],
        [mist, "extract", "IN/m.safetensors", scene.images, "-o", "OUT/store"])
    packed = {"m.safetensors" + end: scene.packed + end for end in ("", ".prepack-f32")}
    add("packed weights", packed, "m.safetensors.prepack-f32", [mist, "predict", "IN/m.safetensors", scene.head, photo],
        [mist, "inspect", "IN/m.safetensors.prepack-f32"], [mist, "verify", "IN/m.safetensors", "--golden", fixture(
            "vit/timm-vit/golden.safetensors")], [mist, "extract", "IN/m.safetensors", scene.images, "-o", "OUT/store"])
    for folder in ("vit/timm-vit", "pytorch/timm-vit", "vit/hf-vit", "vit/hf-vit/sharded", "vit/hf-dinov2-classifier",
                   "segformer/hf-segformer-hub"):
        files = {os.path.basename(path): path for path in glob.glob(fixture(folder, "*")) if os.path.isfile(path)}
        files = {name: path for name, path in files.items() if not name.startswith("golden") and not name.endswith(".onnx")}
        for name in sorted(files):
            add(f"{folder}/{name}", files, name, convert, to_hf, [mist, "inspect", "IN", "--plan"])
    for path in sorted(glob.glob(fixture("vit/timm-vit/jax/*.npz")) + glob.glob(fixture("pytorch/*-legacy.p*")) + glob.glob(
            fixture("vit/timm-vit/*.onnx")) + glob.glob(fixture("onnx-sources/timm-vit/*.onnx"))):
        name = os.path.basename(path)
        add(name, {name: path}, name, [*convert[:2], "IN/" + name, *convert[3:]], [mist, "inspect", "IN/" + name])
    for path in sorted(glob.glob(fixture("edge-bundle/*.mistedge"))):
        features = scene.map_features if "maps" in path else fixture("edge-features/f32.safetensors")
        add(os.path.basename(path), {"b.mistedge": path}, "b.mistedge", [edge, "selftest", "IN/b.mistedge"],
            [edge, "info", "IN/b.mistedge"], [edge, "run", "IN/b.mistedge", features], [mist, "inspect", "IN/b.mistedge"])
    for path in sorted(glob.glob(fixture("edge-features/*.safetensors"))):
        bundle = fixture("edge-bundle", "maps-f32.mistedge" if "maps" in path else "f32.mistedge")
        add("shard " + os.path.basename(path), {"f.safetensors": path}, "f.safetensors", [edge, "run", bundle, "IN/f.safetensors"])
    evaluate = [mist, "eval", scene.head, "IN/store", "--predictions", "OUT/p.tsv"]
    train = [mist, "train", "IN/store", "-o", "OUT/head.safetensors", "--method", "linear", "--epochs", "1", "--threads", "2"]
    shard = next(name for name in sorted(os.listdir(scene.store)) if name.startswith("test-"))
    for victim in ("manifest.json", shard):
        add("store " + victim, {"store": scene.store}, "store/" + victim, evaluate, train, [mist, "inspect", "IN/store"],
            [mist, "export", scene.head, "-o", "OUT/b.mistedge", "--features", "IN/store"])
    unfinished = begun(scene, library)
    for victim in sorted(os.listdir(unfinished)):
        if not victim.endswith(".tmp"):
            add("begun " + victim, {"store": unfinished}, "store/" + victim, scene.extract("IN/store"))
    add("head", {"h.safetensors": scene.head}, "h.safetensors", [mist, "eval", "IN/h.safetensors", scene.store],
        [mist, "export", "IN/h.safetensors", "-o", "OUT/b.mistedge"], [mist, "predict", scene.model, "IN/h.safetensors", photo],
        [mist, "inspect", "IN/h.safetensors"])
    add("golden", {"g.safetensors": fixture("vit/timm-vit/golden.safetensors")}, "g.safetensors",
        [mist, "verify", scene.model, "--golden", "IN/g.safetensors"])
    maps = sorted(name for name in os.listdir(scene.map_store) if name.startswith("val-"))[0]
    for victim in ("manifest.json", maps):
        add("map store " + victim, {"store": scene.map_store}, "store/" + victim, [mist, "eval", scene.map_head, "IN/store"])
    add("map head", {"h.safetensors": scene.map_head}, "h.safetensors", [mist, "eval", "IN/h.safetensors", scene.map_store],
        [mist, "predict", scene.map_model, "IN/h.safetensors", photo, "-o", "OUT/masks"])
    add("mask", {"scenes": scene.scenes}, "scenes/annotations/training/0.png",
        [mist, "extract", scene.map_model, "IN/scenes", "-o", "OUT/store"])
    for path in (photo, fixture("images/rocket.jpg")):
        name = os.path.basename(path)
        add("image " + name, {name: path}, name, [mist, "predict", scene.model, scene.head, "IN/" + name])
    samples(scene, add)
    return found


def samples(scene, add):
    """Lists of images and tar files of them."""
    import tarfile
    listed, packed = scene.path("images.csv"), scene.path("images.tar")
    with open(listed, "w") as rows, tarfile.open(packed, "w") as archive:
        rows.write("path,label,split\n")
        for split in ("train", "val"):
            for label, name in enumerate(("left", "middle", "right")):
                file = scene.path("images", split, name, "0.png")
                rows.write(f"{file},{name},{split}\n")
                text = scene.path("label")
                with open(text, "w") as label_file:
                    label_file.write(str(label))
                archive.add(file, f"{split}-{label}.png")
                archive.add(text, f"{split}-{label}.cls")
    with open(scene.path("names.txt"), "w") as names:
        names.write("left\nmiddle\nright\n")
    extract = [scene.mist, "extract", scene.model]
    add("list", {"images.csv": listed}, "images.csv", [*extract, "--list", "IN/images.csv", "-o", "OUT/store"])
    add("tar", {"images.tar": packed}, "images.tar",
        [*extract, "IN/images.tar", "--classes", scene.path("names.txt"), "-o", "OUT/store"])
