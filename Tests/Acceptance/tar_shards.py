"""Images in tar shards, as WebDataset keeps them: the same features as from folders, whatever kills the extraction on its way."""
import filecmp
import glob
import io
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tarfile
import time

from report import row, run

# The 2,000 images of CIFAR-10's subset, or as many drawn ones; its splits, and their shards.
SPLITS = {"train": 2, "val": 1, "test": 1}
KILLS = 2


def tensors(path):
    """A file's tensors, name -> (type, shape, bytes)."""
    with open(path, "rb") as file:
        data = file.read()
    size, = struct.unpack_from("<Q", data)
    header, body = json.loads(data[8:8 + size]), memoryview(data)[8 + size:]
    header.pop("__metadata__", None)
    return {name: (entry["dtype"], entry["shape"], body[slice(*entry["data_offsets"])]) for name, entry in header.items()}


def images(places):
    """A class-per-folder tree of 2,000 images."""
    real = os.path.join(places.data, "cifar10-vtab")
    if os.path.isdir(real):
        return real
    drawn = places.output("shapes")
    if not os.path.isdir(drawn):
        run(sys.executable, places.fixture("shapes", "make.py"), drawn)
    return drawn


def archived(folder, target):
    """The images in four tar shards, in the order that a listing of the folders has; returns extract's options for them."""
    shutil.rmtree(target, ignore_errors=True)
    os.makedirs(target)
    classes = sorted(os.listdir(os.path.join(folder, "train")))
    with open(os.path.join(target, "classes.txt"), "w") as file:
        file.write("".join(name + "\n" for name in classes))
    options, count = ["--classes", os.path.join(target, "classes.txt")], 0
    for split, shards in SPLITS.items():
        paths = sorted(glob.glob(os.path.join(folder, split, "*", "*")))
        for shard in range(shards):
            part = paths[len(paths) * shard // shards:len(paths) * (shard + 1) // shards]
            with tarfile.open(os.path.join(target, f"{split}-{shard:03d}.tar"), "w", format=tarfile.GNU_FORMAT) as archive:
                for number, path in enumerate(part):
                    label, ending = os.path.basename(os.path.dirname(path)), os.path.splitext(path)[1]
                    with open(path, "rb") as file:
                        members = {ending: file.read(), ".cls": str(classes.index(label)).encode()}
                    for suffix, data in members.items():
                        info = tarfile.TarInfo(f"{shard:03d}{number:06d}{suffix}")
                        info.size = len(data)
                        archive.addfile(info, io.BytesIO(data))
        count += len(paths)
        pattern = f"{split}-{{000..{shards - 1:03d}}}.tar" if shards > 1 else f"{split}-000.tar"
        options += ["--split", f"{split}={os.path.join(target, pattern)}"]
    return options, count


def features(store):
    """Every tensor of every sample, in order, by split and name."""
    found = {}
    for path in sorted(glob.glob(os.path.join(store, "*.safetensors"))):
        split = os.path.basename(path).split("-")[0]
        for name, (dtype, _, data) in tensors(path).items():
            key = (split, name, dtype)
            found[key] = found.get(key, b"") + bytes(data)
    return found


def written(store):
    """How many shards of a store are there."""
    return len(glob.glob(os.path.join(store, "*.safetensors")))


def tar_resume(places):
    """2,000 images in four tar shards, extracted with two kills on the way."""
    # What is read and written matters here, not by which model: the real DINOv2 with --long alone.
    if places.long:
        model, depth = places.real_model(), "8"
    else:
        model, depth = places.output("small-vit.safetensors"), "2"
        run("mist", "convert", places.fixture("vit", "hf-vit"), "-o", model)
    folder, shards = images(places), places.output("tar-shards", "x").rsplit(os.sep, 1)[0]
    options, count = archived(folder, shards)
    temporary = places.output("tar-temporary", "x").rsplit(os.sep, 1)[0]
    shutil.rmtree(temporary, ignore_errors=True)
    os.makedirs(temporary)
    whole, killed = places.output("tar-folders"), places.output("tar-killed")
    for store in (whole, killed):
        shutil.rmtree(store, ignore_errors=True)
    common = ["--gather", depth, "--shard-size", "64"]
    run("mist", "extract", model, folder, "-o", whole, *common)
    command = ["mist", "extract", model, *options, "-o", killed, *common]
    kills, done = 0, []
    for number in range(KILLS):
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, "TMPDIR": temporary})
        # A third of the way, then two thirds.
        while process.poll() is None and written(killed) < written(whole) * (number + 1) // (KILLS + 1):
            time.sleep(0.002)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        errors = process.communicate()[1].decode()[-300:]
        assert process.returncode == -signal.SIGKILL, f"ended with {process.returncode}: {errors}"
        assert not os.path.exists(os.path.join(killed, "manifest.json")), "the store was complete before the kill"
        done.append(written(killed))
    listing = lambda: sorted((name, os.stat(os.path.join(shards, name)).st_mtime_ns) for name in os.listdir(shards))
    before = listing()
    run(*command)
    a, b = features(whole), features(killed)
    # `index` counts the samples of a split, in folders and shards alike.
    wrong = [key for key in a if a[key] != b.get(key)] + [key for key in b if key not in a]
    detail = f", first {wrong[0]}" if wrong else ""
    row(
        f"{count} images in {sum(SPLITS.values())} tar shards, killed twice", "the same features as from folders",
        f"{len(a) - len(wrong)} of {len(a)} tensors the same after {kills} kills, at {' and '.join(map(str, done))} of "
        f"{written(whole)} files{detail}",
        not wrong and kills == KILLS and count == 2000 and done[-1] > 0)
    stray = [name for name in os.listdir(killed) if name.startswith(".") or name.endswith(".tmp") or name == "plan.json"]
    stray += os.listdir(temporary) + ([] if listing() == before else ["the shards' folder changed"])
    row("the same, temporary files", "none", ", ".join(stray) or "none", not stray)
    again = places.output("tar-again")
    shutil.rmtree(again, ignore_errors=True)
    run("mist", "extract", model, *options, "-o", again, *common, "--threads", 1)
    names = sorted(os.listdir(again))
    _, mismatch, problems = filecmp.cmpfiles(again, killed, names, shallow=False)
    row("the same on one thread, never killed", "every byte of the store", f"{len(names)} files, different: {mismatch + problems or 'none'}",
        not mismatch and not problems and names == sorted(os.listdir(killed)))
