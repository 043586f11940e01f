"""SegFormer-B4 under the names of NVlabs and mmsegmentation: the same weights as transformers' file, verified beside PyTorch."""
import os
import sys

from report import MEBIBYTE, peak_memory, row, run, run_json
from segformer import TOLERANCE, converted, fixtures, samples, worst

# Every feature that both were measured at, and the logits.
SIZES = {"golden": "512 x 512", "golden-odd": "483 x 650"}


def written(places):
    """The weights of transformers' B4 under the other projects' names, with those projects' activations (once)."""
    folder = os.path.join(places.work, "b4-projects")
    if not os.path.exists(os.path.join(folder, "versions.json")):
        run(sys.executable, places.fixture("segformer-mmseg", "make.py"), "--size", "b4", "--out", folder,
            "--weights", os.path.join(fixtures(places), "hf-segformer-hub"), "--image", samples(places)[0][0])
    return folder


def tensors(path):
    """The bytes of every tensor by name."""
    from safetensors.numpy import load_file

    return {name: value.tobytes() for name, value in load_file(path).items()}


def b4(places):
    """SegFormer-B4 of NVlabs and mmsegmentation, at 512 x 512 and 483 x 650."""
    folder = written(places)
    expected = tensors(converted(places))
    for project in ("nvlabs", "mmseg"):
        output = places.output(f"b4-{project}.safetensors")
        source = os.path.join(folder, project, "model.safetensors")
        peak = peak_memory("mist", "convert", source, "-o", output)[1]
        for golden, size in SIZES.items():
            result = run_json(
                "mist", "verify", output, "--golden", os.path.join(folder, project, golden + ".safetensors"), status=None)
            text, error, complete = worst(result)
            row(
                f"SegFormer-B4 {project}, {size}", f"every tensor within {TOLERANCE:g}",
                f"worst: {text}; {len(result['tensors'])} tensors", complete and error <= TOLERANCE)
        # mmsegmentation's decode head is one of its own.
        part = "" if project == "nvlabs" else "stages."
        wanted = {name: value for name, value in expected.items() if name.startswith(part)}
        found = {name: value for name, value in tensors(output).items() if name.startswith(part)}
        same = sum(found.get(name) == value for name, value in wanted.items())
        row(
            f"SegFormer-B4 {project}, tensors beside transformers'", "all the same bytes",
            f"{same} of {len(wanted)}; converted with {peak / MEBIBYTE:.0f} MiB peak",
            found.keys() == wanted.keys() and same == len(wanted))
