"""The works by name, in the order in which they run: title, unit, and what measures them."""
import dataclasses
from typing import Callable

import work_convert
import work_gather
import work_growth
import work_heads
import work_images


@dataclasses.dataclass
class Work:
    title: str
    unit: str
    # Of places: the entries to measure in turns.
    entries: Callable


def of(function, unit):
    return Work(function.__doc__, unit, function)


def gather(name, title):
    return Work(title, "images/s", lambda places: work_gather.entries(places, name))


WORKS = {
    "vit-b16-gather": gather("vit-b16", "ViT-B/16, 224 x 224, forward + gather 4, 8, 12"),
    "segformer-b4-gather": gather("segformer-b4", "SegFormer-B4's encoder, 512 x 512, forward + gather 14, 27, 41 as pyramids"),
    "dinov2-s14-gather": gather("dinov2-s14", "DINOv2 ViT-S/14, 224 x 224, forward + gather 4, 8, 12"),
    "first-image": of(work_images.first_image, "s"),
    "extract-jpegs": of(work_images.extract_jpegs, "images/s"),
    "lae-training": of(work_heads.lae_training, "samples/s"),
    "segmentation-training": of(work_heads.segmentation_training, "samples/s"),
    "edge-head": of(work_heads.edge_head, "samples/s"),
    "edge-tuning": of(work_heads.edge_tuning, "samples/s"),
    "convert-memory": of(work_convert.into_memory, "s"),
    "convert-disk": of(work_convert.to_disk, "s"),
    **{f"growth-{axis}": of(function, unit) for axis, (function, unit) in work_growth.AXES.items()},
}


def named(name):
    """The works that a name after --only stands for: itself, or all that begin with it."""
    return [work for work in WORKS if work == name or work.startswith(name + "-")]
