"""What peer.py says of a PyTorch twin, kept: a twin takes minutes, and an acceptance run that was cut goes on with those it has. Losses
and accuracies are those of any run; speed and memory are those of the run that was kept, and no ratio is made of them."""
import hashlib
import json
import os
import sys

from report import run

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = [
    os.path.join(HERE, "peer.py"), os.path.join(HERE, "generator.py"), os.path.join(HERE, "..", "..", "Fixtures", "methods", "networks.py")]


def twins(places, features, method, k, rate, epochs, seeds, *others):
    """The runs of every seed, in order, each as peer.py prints it."""
    peer, *_ = SOURCES
    options = ["--method", method, *(["--k", k] if k else []), "--rate", rate, "--epochs", epochs, *others]
    return [found for seed in seeds for found in kept(places, features, [peer, features, *options, "--seeds", seed])]


def kept(places, features, command):
    """What a command printed: a file of the same code, features and options has it, or it is run."""
    path = places.output(f"twin-{identity(features, command[2:])}.jsonl")
    if not os.path.exists(path):
        output, _, _ = run(sys.executable, *command)
        with open(path + ".partial", "w") as file:
            file.write(output)
        os.replace(path + ".partial", path)
    with open(path) as file:
        return [json.loads(line) for line in file]


def identity(features, options):
    """A name for what decides a twin's losses: its code, the features' shards (by the manifest, which has their hashes), its options."""
    digest = hashlib.sha256(" ".join(map(str, options)).encode())
    for path in [*SOURCES, os.path.join(features, "manifest.json")]:
        with open(path, "rb") as file:
            digest.update(hashlib.sha256(file.read()).digest())
    return digest.hexdigest()[:16]
