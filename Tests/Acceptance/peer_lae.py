"""The same head trained by PyTorch on the same feature store: the reference of the accuracy table, and of training's speed.

    python peer_lae.py STORE [--k 4] [--epochs 20] [--seeds 0,1,2,3] [--threads 2]

Plain form of the LAE: four blocks of rank 32, class-token pooling, Adam, batch 32, cosine schedule, no regularisation. Prints a
line of JSON per seed: test accuracy, samples per second, peak resident memory.
"""
import argparse
import json
import math
import os
import resource
import time

import torch
from safetensors.torch import load_file


class Block(torch.nn.Module):
    """x + W_o softmax(Q K^T / sqrt r) V with [Q K V] = W_qkv LN(x)."""

    def __init__(self, width, rank):
        super().__init__()
        self.rank = rank
        self.norm = torch.nn.LayerNorm(width, eps=1e-6)
        self.qkv = torch.nn.Linear(width, 3 * rank, bias=False)
        self.out = torch.nn.Linear(rank, width, bias=False)
        torch.nn.init.xavier_uniform_(self.qkv.weight)
        torch.nn.init.zeros_(self.out.weight)

    def forward(self, x):
        q, k, v = self.qkv(self.norm(x)).split(self.rank, -1)
        return x + self.out(torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(self.rank), -1) @ v)


class Head(torch.nn.Module):
    def __init__(self, width, classes, depth=4, rank=32):
        super().__init__()
        self.blocks = torch.nn.Sequential(*(Block(width, rank) for _ in range(depth)))
        self.norm = torch.nn.LayerNorm(width, eps=1e-6)
        self.classifier = torch.nn.Linear(width, classes)
        torch.nn.init.trunc_normal_(self.classifier.weight, std=0.02)
        torch.nn.init.zeros_(self.classifier.bias)

    def forward(self, x):
        return self.classifier(self.norm(self.blocks(x)[:, 0]))


def load(store, manifest, split, k):
    """Features `[n, T, C]` in f16 and labels of one split."""
    shards = next(s for s in manifest["splits"] if s["name"] == split)["shards"]
    parts = [load_file(os.path.join(store, shard["file"])) for shard in shards]
    return torch.cat([p[f"k{k}"] for p in parts]), torch.cat([p["label"] for p in parts]).long()


def train(head, features, labels, epochs, seed, rate=1e-3, batch=32):
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(head.parameters(), lr=rate)
    steps, step = epochs * math.ceil(len(labels) / batch), 0
    for _ in range(epochs):
        for indices in torch.randperm(len(labels), generator=generator).split(batch):
            for group in optimiser.param_groups:
                group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * step / steps))
            loss = torch.nn.functional.cross_entropy(head(features[indices].float()), labels[indices])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            step += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("store")
    parser.add_argument("--k", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", default="0,1,2,3")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with open(os.path.join(arguments.store, "manifest.json")) as file:
        manifest = json.load(file)
    features, labels = load(arguments.store, manifest, "train", arguments.k)
    test, truth = load(arguments.store, manifest, "test", arguments.k)
    for seed in map(int, arguments.seeds.split(",")):
        torch.manual_seed(seed)
        head = Head(features.shape[-1], len(manifest["classes"]))
        start = time.perf_counter()
        train(head, features, labels, arguments.epochs, seed)
        seconds = time.perf_counter() - start
        with torch.inference_mode():
            found = torch.cat([head(part.float()).argmax(1) for part in test.split(100)])
        print(json.dumps({
            "seed": seed, "accuracy": (found == truth).float().mean().item(),
            "samplesPerSecond": arguments.epochs * len(labels) / seconds,
            "peakMemoryBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "torch": torch.__version__,
        }), flush=True)


if __name__ == "__main__":
    main()
