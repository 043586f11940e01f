"""Extraction at real size: killed at any moment, the same command ends in the same bytes."""
import os
import shutil

from killed import differences, resumed
from report import Skip, row, run

KILLS = 4


def resume(places):
    """Extraction killed with SIGKILL and run again."""
    images = os.path.join(places.data, "cifar10-vtab", "val")
    if not os.path.isdir(images):
        raise Skip("no real images: cifar10-vtab is not in the data folder (--data DIR)")
    whole, killed = places.output("resume-whole"), places.output("resume-killed")
    for folder in (whole, killed):
        shutil.rmtree(folder, ignore_errors=True)
    command = ["mist", "extract", places.real_model(), images, "--gather", "4,12", "--shard-size", "16", "-o"]
    *_, seconds = run(*command, whole)
    kills = resumed([*command, killed], seconds, KILLS)
    different = differences(whole, killed)
    row(
        "extract, 200 images, killed and resumed", "every byte the same",
        f"{len(os.listdir(whole))} files after {kills} kills: {different or 'identical'}", not different and kills > 0)
