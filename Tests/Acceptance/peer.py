"""The same head trained by PyTorch on the same feature store, from the same start and in the same order of samples: the twin of every
method of `mist train`, and the reference of accuracy, speed and memory.

    python peer.py STORE --method mist [--k 4] [--rate 1e-3] [--epochs 20] [--seeds 0,1,2] [--threads 2] [--dtype float64] [--nudge 0]
        [--until 20]

Networks are the plain form (Fixtures/methods/networks.py); Adam, batch 32, cosine schedule, no regularisation, as `--recipe plain`.
The generator of `mist train` (splitmix64, a sequence per purpose) is repeated here, so that losses can be compared epoch by epoch.
`--nudge N`, from 1, moves every number of the start by its last bit: how far rounding alone takes the losses. `--until N` ends after so many
epochs of the schedule.
Prints a line of JSON per run: losses, test accuracy, samples per second, peak resident memory.
"""
import argparse
import json
import math
import os
import resource
import sys
import time

import torch
from safetensors.torch import load_file

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Fixtures", "methods"))
import networks  # noqa: E402
from generator import Random, initial, nudged  # noqa: E402


class Store:
    """A feature store: the method's maps of every split, in f16, and the model's last block."""

    def __init__(self, path):
        self.path = path
        with open(os.path.join(path, "manifest.json")) as file:
            self.manifest = json.load(file)
        self.model = self.manifest["model"]["configuration"]

    def names(self, method, k):
        depth = self.model["depth"]
        return {"last": [f"F{i}" for i in range(0, depth + 1, 2)], "lst": [f"F{i}" for i in range(depth + 1)],
                "partial-1": [f"F{depth - 1}"]}.get(method, [f"k{k}"])

    def split(self, name, tensors):
        """Features `[n, maps, T, C]` and labels."""
        shards = next(s for s in self.manifest["splits"] if s["name"] == name)["shards"]
        features, labels = [], []
        for shard in shards:
            part = load_file(os.path.join(self.path, shard["file"]))
            features.append(torch.stack([part[tensor] for tensor in tensors], 1))
            labels.append(part["label"])
        return torch.cat(features), torch.cat(labels).long()

    def network(self, method, maps, depth, rank):
        """What networks.py asks of a network."""
        width, heads = self.manifest["channels"], self.model.get("heads")
        s = dict(method=method, maps=maps, channels=width, classes=len(self.manifest["classes"]), rank=rank,
                 depth={"linear": 0, "last": maps}.get(method, depth), heads=heads, layerScale=False)
        if method == "lst":
            s.update(width=width // 8, hidden=width // 2)
        if method == "partial-1":
            s.update(hidden=self.model["mlpWidth"], layerScale=self.model["layerScale"])
        return s

    def start(self, method):
        if method != "partial-1":
            return {}
        prefix = f"blocks.{self.model['depth'] - 1}."
        weights = load_file(os.path.join(self.path, "last-block.safetensors"))
        return {name.replace(prefix, "blocks.0.").replace("final_norm.", "norm."): w for name, w in weights.items()}


def train(s, parameters, features, labels, epochs, until, seed, rate, epsilon, dtype, batch=32):
    """Returns the mean loss of every epoch, as met."""
    optimiser = torch.optim.Adam(parameters.values(), lr=rate)
    steps, step, losses = epochs * math.ceil(len(labels) / batch), 0, []
    for epoch in range(until):
        total = 0
        for indices in torch.tensor(Random(seed, Random.ORDER, epoch).permutation(len(labels))).split(batch):
            for group in optimiser.param_groups:
                group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * step / steps))
            logits = networks.forward(s, parameters, features[indices].to(dtype), epsilon=epsilon)
            loss = torch.nn.functional.cross_entropy(logits, labels[indices])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            total += loss.item() * len(indices)
            step += 1
        losses.append(total / len(labels))
    return losses


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("store")
    parser.add_argument("--method", choices=("linear", "mist", "partial-1", "lst", "last"), default="mist")
    parser.add_argument("--k", type=int, default=4)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", default="0,1,2,3")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--nudge", type=int, default=0)
    parser.add_argument("--until", type=int)
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float32")
    arguments = parser.parse_args()
    dtype = getattr(torch, arguments.dtype)
    torch.set_num_threads(arguments.threads)
    store, method = Store(arguments.store), arguments.method
    names = store.names(method, arguments.k)
    features, labels = store.split("train", names)
    test, truth = store.split("test", names)
    s = store.network(method, len(names), depth=4, rank=32)
    epsilon = store.model["epsilon"]["block"] if method == "partial-1" else 1e-6
    until = min(arguments.until or arguments.epochs, arguments.epochs)
    for seed in map(int, arguments.seeds.split(",")):
        parameters = initial(s, seed, store.start(method), dtype)
        if arguments.nudge:
            parameters = nudged(parameters, arguments.nudge)
        start = time.perf_counter()
        losses = train(s, parameters, features, labels, arguments.epochs, until, seed, arguments.rate, epsilon, dtype)
        seconds = time.perf_counter() - start
        with torch.inference_mode():
            found = torch.cat(
                [networks.forward(s, parameters, part.to(dtype), epsilon=epsilon).argmax(1) for part in test.split(50)])
        print(json.dumps({
            "seed": seed, "nudge": arguments.nudge, "losses": losses, "accuracy": (found == truth).float().mean().item(),
            "samplesPerSecond": until * len(labels) / seconds,
            "peakMemoryBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "torch": torch.__version__,
        }), flush=True)


if __name__ == "__main__":
    main()
