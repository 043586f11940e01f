"""`mist convert` of a ViT-B/16 beside PyTorch's load, rename, save of the same file: seconds and peak memory of whole processes."""
import atexit
import contextlib
import json
import os
import shutil
import sys

from measuring import Entry, Figure, Unavailable, run, timed

MEMORY_FOLDER = "/dev/shm"


def as_bin(places, folder):
    """The same weights as torch.save writes them (once)."""
    path = places.output("bench", "pickled", "pytorch_model.bin")
    if not os.path.exists(path):
        import torch
        from safetensors.torch import load_file

        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(os.path.join(folder, "config.json"), os.path.dirname(path))
        torch.save(load_file(os.path.join(folder, "model.safetensors")), path + ".new")
        os.rename(path + ".new", path)
    return path


def entries(places, target, synced):
    folder = os.path.join(places.vit_source(), "hf-vit")
    first, found = os.path.join(target, "mist-bench-mist.safetensors.safetensors"), []
    atexit.register(forget, first)
    for source in os.path.join(folder, "model.safetensors"), as_bin(places, folder):
        ending = os.path.splitext(source)[1]
        for tool in "mist", "pytorch":
            output = os.path.join(target, f"mist-bench-{tool}{ending}.safetensors")
            command = ["mist", "convert", source, "-o", output] if tool == "mist" else [
                sys.executable, places.peer("convert.py"), source, output, *(["--sync"] if synced else [])]
            found.append(Entry(tool, converted(command, output, first), variant=ending))
    return found


def forget(path):
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)


def converted(command, output, first):
    """Every file must hold the weights of the first one."""
    def measure():
        seconds, peak = timed(*command)
        if output != first and not json.loads(run("mist", "inspect", first, "--diff", output, "--json"))["same"]:
            raise RuntimeError(f"{output} holds other weights than {first}")
        if output != first:
            os.remove(output)
        return Figure(seconds, peak)

    return measure


def into_memory(places):
    """Conversion of a ViT-B/16 of transformers to timm's names, into memory; PyTorch's load, rename, save"""
    if not os.path.isdir(MEMORY_FOLDER):
        raise Unavailable(f"no {MEMORY_FOLDER} here")
    return entries(places, MEMORY_FOLDER, synced=False)


def to_disk(places):
    """Conversion of a ViT-B/16 of transformers to timm's names, to the disk, both synced; PyTorch's load, rename, save"""
    return entries(places, places.output("bench"), synced=True)
