"""Extraction at real size: killed at any moment, the same command ends in the same bytes."""
import filecmp
import os
import shutil
import signal
import subprocess
import time

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
    kills = 0
    for number in range(KILLS):
        process = subprocess.Popen([*command, killed], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds * (number + 1) / (2 * KILLS))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.wait()
    run(*command, killed)
    names = sorted(os.listdir(whole))
    _, mismatch, errors = filecmp.cmpfiles(whole, killed, names, shallow=False)
    same = sorted(os.listdir(killed)) == names and not mismatch and not errors
    row(
        "extract, 200 images, killed and resumed", "every byte the same",
        f"{len(names)} files after {kills} kills: {'identical' if same else mismatch + errors}", same and kills > 0)
