"""The paper's Tables 3 and 4 on real features: one command each, the same bytes when it is killed, and the paper's order."""
import json
import os
import shutil
import sys

from killed import differences, resumed
from report import Skip, row, run

KILLS = 10


def position(places):
    """Tables 3 and 4 of the paper on the drawn position task."""
    images = places.output("shapes-small")
    if not os.path.isdir(images):
        run(sys.executable, places.fixture("shapes", "make.py"), images, "--train", 480, "--val", 160, "--test", 320)
    tables(places, "position", store(places, images, "shapes-small-ladder"), 8)


def cifar10(places):
    """Tables 3 and 4 of the paper on CIFAR-10."""
    images = os.path.join(places.data, "cifar10-vtab")
    if not os.path.isdir(images):
        raise Skip("no real images: cifar10-vtab is not in the data folder (--data DIR)")
    tables(places, "CIFAR-10", store(places, images, "cifar10-ladder"), 12)


def store(places, images, name):
    path = places.output(name)
    run("mist", "extract", places.real_model(), images, "-o", path, "--gather", "8,12", "--store", "ladder")
    return path


def tables(places, name, features, k, epochs=15):
    for table in ("gather", "blocks"):
        folder = places.output(f"study-{name}")
        options = ["--table", table, "--k", k, "--recipe", "plain", "--lr", "1e-3", "--epochs", epochs]
        run("mist", "study", features, *options, "-o", folder)
        with open(os.path.join(folder, table + ".json")) as file:
            rows = json.load(file)["rows"]
        done = all(len(r["accuracies"]) == 3 for r in rows)
        row(
            f"{name}, study --table {table}, {epochs} epochs, 3 seeds", "every row to its end",
            ", ".join(f"{r['title']} {100 * r.get('mean', 0):.1f}" for r in rows), done)
    short_runs(places, name, features, k)


def short_runs(places, name, features, k):
    """Many short runs, killed on the way."""
    whole, killed = (places.output(f"study-{name}-{end}") for end in ("whole", "killed"))
    for folder in (whole, killed):
        shutil.rmtree(folder, ignore_errors=True)
    command = [
        "mist", "study", features, "--table", "gather", "--k", k, "--recipe", "plain", "--lr", "1e-3,3e-3", "--epochs", 1, "-o"]
    *_, seconds = run(*command, whole)
    met = resumed([*command, killed], seconds, KILLS)
    different = differences(whole, killed)
    row(
        f"{name}, study killed and gone on with", "every byte the same",
        f"{len(os.listdir(whole))} files after {met} kills: {different or 'identical'}", not different and met > 0)
