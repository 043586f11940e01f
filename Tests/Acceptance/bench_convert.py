"""`mist convert` of a ViT-B/16 beside PyTorch's load, rename, save of the same file: seconds and peak memory of whole processes.

Twice: into memory (/dev/shm), which leaves the disk out, and to the disk, where both force the file down before they end.
"""
import os
import shutil
import statistics
import sys
import time

from report import MEBIBYTE, peak_memory, run_json

MEMORY_FOLDER = "/dev/shm"


def timed(*command):
    start = time.monotonic()
    _, peak = peak_memory(*command)
    return time.monotonic() - start, peak


def as_bin(folder, work):
    """The same weights as torch.save writes them (once)."""
    path = os.path.join(work, "bench-convert", "pytorch_model.bin")
    if not os.path.exists(path):
        import torch
        from safetensors.torch import load_file

        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(os.path.join(folder, "config.json"), os.path.dirname(path))
        torch.save(load_file(os.path.join(folder, "model.safetensors")), path)
    return path


def commands(sources, script, output):
    """One conversion of each source by each tool: name -> (command, file)."""
    found = {}
    for source in sources:
        ending = os.path.splitext(source)[1]
        for tool, command in {"mist": ["mist", "convert"], "PyTorch": [sys.executable, script]}.items():
            file = output(f"{tool.lower()}{ending}.safetensors")
            found[f"{tool}, {ending}"] = [*command, source, *(["-o"] if tool == "mist" else []), file], file
    return found


def measure(folder, script, work, rounds):
    sources = [os.path.join(folder, "model.safetensors"), as_bin(folder, work)]
    places = {"to the disk, synced": work}
    if os.path.isdir(MEMORY_FOLDER):
        places = {"into memory": MEMORY_FOLDER, **places}
    print(f"\n-- convert of ViT-B/16 (transformers' file, {os.path.getsize(sources[0]) // 10**6} MB) to timm's names with one product for q, k, v")
    for place, target in places.items():
        runs = commands(sources, script, lambda name: os.path.join(target, "mist-bench-" + name))
        seconds, peaks = {name: [] for name in runs}, {name: 0 for name in runs}
        for _ in range(rounds):
            for name, (command, _) in runs.items():
                synced = place != "into memory" and name.startswith("PyTorch")
                duration, peak = timed(*command, *(["--sync"] if synced else []))
                seconds[name].append(duration)
                peaks[name] = max(peaks[name], peak)
        print(f"\n{place}: seconds (median of {rounds}), peak memory")
        for name, values in seconds.items():
            note = ""
            if name.startswith("PyTorch"):
                mist = name.replace("PyTorch", "mist")
                ratio = statistics.median(v / m for v, m in zip(values, seconds[mist]))
                note = f"mist is {ratio:.1f} x as fast, with 1/{peaks[name] / peaks[mist]:.0f} of the memory"
            print(f"  {name:<22} {statistics.median(values):6.2f} s {peaks[name] / MEBIBYTE:6.0f} MiB   {note}".rstrip())
        files = [file for _, file in runs.values()]
        same = all(run_json("mist", "inspect", files[0], "--diff", f, status=None)["same"] for f in files[1:])
        print(f"  all files hold the same weights: {'yes' if same else 'NO'} (mist inspect --diff)")
        for file in files:
            os.remove(file)
        if not same:
            sys.exit(1)
