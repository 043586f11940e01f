"""Conversion to other projects at real size: their own libraries open the files strictly and compute the same."""
import filecmp
import os
import shutil

import numpy as np

import projects
from conversion import b16, memory_limit
from libraries import VIT_LOADERS, with_project, with_transformers
from report import MEBIBYTE, peak_memory, row
from segformer import fixtures as b4

TOLERANCE = 1e-5
# A ViT's file changes only its norms' epsilon where the library has a fixed one, 1e-6 instead of 1e-12 here.
EPSILON_TOLERANCE = 1e-4


def converted(places, source, to, name, *options):
    """`source` for the destination, the path of what was written, and what it cost."""
    path = places.output("destinations", name)
    shutil.rmtree(path, ignore_errors=True)
    if os.path.isfile(path):
        os.remove(path)
    peak = peak_memory("mist", "convert", source, "--to", to, "-o", path, *options)[1]
    return path, peak


def golden(folder, *names, file="golden.safetensors"):
    from safetensors.numpy import load_file

    tensors = load_file(os.path.join(folder, file))
    return [tensors[name] for name in names]


def error(found, expected):
    """The largest difference as a part of the largest value."""
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    assert found.shape == expected.shape, f"shape {found.shape} instead of {expected.shape}"
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def features(name, compute, expected, tolerance, note, scores=None):
    """`compute` gives the tokens; with `scores` also the classifier's scores."""
    try:
        result = compute()
        found = [error(*pair) for pair in (zip(result, (expected, scores)) if scores is not None else [(result, expected)])]
        what = "features" if scores is None else "features and scores"
        row(name, f"strict loading, {what} within {tolerance:g} of the source's in PyTorch",
            ", ".join(f"{f:.1e}" for f in found) + note, max(found) <= tolerance)
    except Exception as problem:  # the table must show every failure
        row(name, "strict loading and the same features", f"{type(problem).__name__}: {problem}", False)


def same_bytes(a, b):
    """Whether two files, or the files of two folders, are the same."""
    if os.path.isfile(a):
        return filecmp.cmp(a, b, shallow=False)
    names = sorted(os.listdir(a))
    return names == sorted(os.listdir(b)) and all(
        filecmp.cmp(os.path.join(a, n), os.path.join(b, n), shallow=False) for n in names)


def memory(name, peaks, written):
    """`written`: a safetensors file of the weights that were converted."""
    limit, peak = memory_limit(written), max(peaks)
    row(f"{name}, memory", f"peak at most {limit / MEBIBYTE:.0f} MiB", f"{peak / MEBIBYTE:.0f} MiB", peak <= limit)


def there_and_back(places, name, written):
    """Every pair of `written` (destination -> path): there and back gives the same bytes."""
    same, pairs = 0, 0
    for first, start in written.items():
        for second in written:
            if first != second:
                there, _ = converted(places, start, second, "there" + os.path.splitext(written[second])[1])
                back, _ = converted(places, there, first, "back" + os.path.splitext(start)[1])
                pairs += 1
                if same_bytes(start, back):
                    same += 1
    row(f"{name} there and back", "the same bytes for every pair", f"{same} of {pairs} pairs", same == pairs)


def vit(places):
    """ViT-B/16 to every destination, opened by its library."""
    folder = b16(places)
    others = {"timm": EPSILON_TOLERANCE, "jax": EPSILON_TOLERANCE}
    for case, tolerances in {"timm-vit": {}, "hf-vit": others, "hf-vit-classifier": others}.items():
        source = os.path.join(folder, case)
        images, expected = golden(source, "input", "final_norm")
        scores = None
        if os.path.exists(os.path.join(source, "golden-logits.safetensors")):
            scores = golden(source, "logits", file="golden-logits.safetensors")[0]
        written, peaks = {}, {}
        for to, (suffix, load) in VIT_LOADERS.items():
            written[to], peaks[to] = converted(places, os.path.join(source, "model.safetensors"), to, f"{case}-{to}{suffix}")
            tolerance = tolerances.get(to, TOLERANCE)
            features(
                f"ViT-B/16 {case} to {to}", lambda: load(written[to], images), expected, tolerance,
                "", scores)
        written["canonical"], peaks["canonical"] = converted(
            places, os.path.join(source, "model.safetensors"), "canonical", f"{case}-canonical.safetensors")
        memory(f"ViT-B/16 {case}", peaks.values(), written["canonical"])
        there_and_back(places, f"ViT-B/16 {case}", written)


def segformer(places):
    """SegFormer-B4 to every destination, opened by its library."""
    folder = os.path.join(b4(places), "hf-segformer-hub")
    source = os.path.join(folder, "model.safetensors")
    images, expected, *stages = golden(folder, "input", "logits", *(f"stage{s}" for s in range(1, 5)))
    last = lambda maps: maps.numpy().transpose(0, 2, 3, 1)
    loaders = {
        "hf": ("", lambda path: with_transformers(path, images, "logits").transpose(0, 2, 3, 1)),
        "nvlabs": (".safetensors", lambda path: last(with_project(places, "nvlabs", images, epsilon=1e-5)(path))),
    }
    written, peaks = {}, {}
    for to, (suffix, load) in loaders.items():
        written[to], peaks[to] = converted(places, source, to, f"b4-{to}{suffix}")
        features(f"SegFormer-B4 to {to}", lambda: load(written[to]), expected, TOLERANCE, "")
    written["canonical"], peaks["canonical"] = converted(places, source, "canonical", "b4-canonical.safetensors")
    memory("SegFormer-B4", peaks.values(), written["canonical"])
    there_and_back(places, "SegFormer-B4", written)

    # mmsegmentation's decode head is another function, so the encoder goes there alone.
    written = {}
    for to, suffix in {"hf": "", "nvlabs": ".safetensors", "mmseg": ".safetensors", "canonical": ".safetensors"}.items():
        written[to], _ = converted(places, source, to, f"b4-encoder-{to}{suffix}", "--ignore", "decode_head.*")
    for to in ("nvlabs", "mmseg"):
        load = with_project(places, to, images, backbone=True, epsilon=1e-5)
        features(
            f"SegFormer-B4's encoder to {to}", lambda: last(load(written[to])[3]), stages[3], TOLERANCE, " in the last stage")
    features(
        "SegFormer-B4's encoder to hf", lambda: with_transformers(written["hf"], images).transpose(0, 2, 3, 1), stages[3],
        TOLERANCE, " in the last stage")
    there_and_back(places, "SegFormer-B4's encoder", written)

    folder = os.path.join(projects.written(places), "mmseg")
    images, expected = golden(folder, "input", "logits")
    written = {}
    for to in ("mmseg", "canonical"):
        written[to], _ = converted(places, os.path.join(folder, "model.safetensors"), to, f"b4-mmseg-{to}.safetensors")
    features(
        "SegFormer-B4 of mmsegmentation to mmseg", lambda: last(with_project(places, "mmseg", images)(written["mmseg"])),
        expected, TOLERANCE, "")
    there_and_back(places, "SegFormer-B4 of mmsegmentation", written)
