#!/usr/bin/env python3
"""Heads on feature maps trained by PyTorch on the same feature store: the references of segmentation, and of training's speed.

  python3 train.py STORE [--k 12] [--head linear|mlp] [--lae none|final|all] [--epochs 22] [--lr 1e-3] [--seeds 0,1,2]

Plain form, straight from the definitions. Per level: blocks x + W_o softmax(Q K^T / sqrt r) V with [Q K V] = W_qkv LN(x) and K, V
mean-pooled over the level's windows, LayerNorm, 1x1 product; bilinear to a quarter of the image, sum, bias; then the logits are that
(linear) or ReLU and a classifier (mlp). Labels are the mask's pixels at the grid's centres, the loss is the mean cross-entropy over
the batch's labelled positions, AdamW decays matrices only, the rate falls as (1 - t/T)^power. The last epoch is evaluated at the
masks' size with one confusion matrix. Prints a line of JSON per seed.
"""
import argparse, json, math, os, resource, time

import numpy as np
import torch
from safetensors import safe_open
from torch.nn import functional

IGNORE = 255
EPSILON = 1e-6


class Split:
    """One split of a store: maps per level `[n, h, w, C]` in their stored type, and masks `[n, H, W]`."""

    def __init__(self, store, manifest, name, k):
        split = next(s for s in manifest["splits"] if s["name"] == name)
        prefix = "final" if k == "final" else f"k{k}"
        self.names = [f"{prefix}.level{level['level']}" for level in manifest["levels"]]
        self.shards = [safe_open(os.path.join(store, shard["file"]), "pt") for shard in split["shards"]]
        counts = [shard.get_slice("mask").get_shape()[0] for shard in self.shards]
        self.places = [(s, i) for s, count in enumerate(counts) for i in range(count)]
        self.scaled = [name + ".scale" in self.shards[0].keys() for name in self.names]

    def __len__(self):
        return len(self.places)

    def read(self, samples):
        """Maps `[B, C, h, w]` in f32, masks `[B, H, W]`."""
        maps, masks = [[] for _ in self.names], []
        for sample in samples:
            s, i = self.places[sample]
            shard = self.shards[s]
            for list, name, scaled in zip(maps, self.names, self.scaled):
                value = shard.get_slice(name)[i].float()
                if scaled:
                    value = value * shard.get_slice(name + ".scale")[i].unsqueeze(-1)
                list.append(value.permute(2, 0, 1))
            masks.append(shard.get_slice("mask")[i])
        return [torch.stack(list) for list in maps], torch.stack(masks)


class Attention(torch.nn.Module):
    def __init__(self, channels, rank, reduction):
        super().__init__()
        self.rank, self.reduction = rank, reduction
        self.norm = torch.nn.LayerNorm(channels, eps=EPSILON)
        self.qkv = torch.nn.Linear(channels, 3 * rank, bias=False)
        self.out = torch.nn.Linear(rank, channels, bias=False)
        torch.nn.init.xavier_uniform_(self.qkv.weight)
        torch.nn.init.zeros_(self.out.weight)

    def pooled(self, tokens, height, width):
        """Means of windows that begin at multiples of the reduction; cut windows average what is there."""
        if self.reduction == 1:
            return tokens
        grid = tokens.transpose(1, 2).unflatten(2, (height, width))
        return functional.avg_pool2d(grid, self.reduction, ceil_mode=True, count_include_pad=False).flatten(2).transpose(1, 2)

    def forward(self, tokens, height, width):
        q, k, v = self.qkv(self.norm(tokens)).split(self.rank, -1)
        k, v = self.pooled(k, height, width), self.pooled(v, height, width)
        return tokens + self.out(torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(self.rank), -1) @ v)


class Level(torch.nn.Module):
    def __init__(self, channels, rows, depth, rank, reduction, input_norm):
        super().__init__()
        norm = lambda: torch.nn.LayerNorm(channels, eps=EPSILON)
        self.input_norm = norm() if input_norm else torch.nn.Identity()
        self.blocks = torch.nn.ModuleList(Attention(channels, rank, reduction) for _ in range(depth))
        self.norm = norm()
        self.product = torch.nn.Linear(channels, rows, bias=False)

    def forward(self, map):
        height, width = map.shape[2:]
        tokens = self.input_norm(map.flatten(2).transpose(1, 2))
        for block in self.blocks:
            tokens = block(tokens, height, width)
        return self.product(self.norm(tokens)).transpose(1, 2).unflatten(2, (height, width))


class Head(torch.nn.Module):
    """Maps `[B, C_i, h_i, w_i]`, finest first, to logits `[B, K, H', W']`."""

    def __init__(self, levels, grid, classes, options):
        super().__init__()
        rows = options.hidden if options.head == "mlp" else classes
        self.grid = grid
        self.levels = torch.nn.ModuleList(
            Level(level["channels"], rows, options.depth if options.lae == "all" or (options.lae == "final" and last) else 0,
                  options.rank, level["reduction"], options.input_norm)
            for last, level in ((i == len(levels) - 1, level) for i, level in enumerate(levels)))
        self.bias = torch.nn.Parameter(torch.zeros(rows))
        self.classifier = torch.nn.Conv2d(rows, classes, 1) if options.head == "mlp" else None
        for level in self.levels:
            if self.classifier is None:
                torch.nn.init.normal_(level.product.weight, std=0.02)
            else:
                torch.nn.init.xavier_uniform_(level.product.weight)
        if self.classifier is not None:
            torch.nn.init.normal_(self.classifier.weight, std=0.02)
            torch.nn.init.zeros_(self.classifier.bias)

    def forward(self, maps):
        resize = lambda z: functional.interpolate(z, size=self.grid, mode="bilinear", align_corners=False)
        y = sum(resize(level(map)) for level, map in zip(self.levels, maps)) + self.bias.view(1, -1, 1, 1)
        return y if self.classifier is None else self.classifier(torch.relu(y))


def output_grid(masks):
    return -(-masks["height"] // 4), -(-masks["width"] // 4)


def labels(masks, grid):
    """The mask's pixel at the centre of every position of the grid."""
    rows, columns = (((torch.arange(n) * 2 + 1) * full) // (2 * n) for n, full in zip(grid, masks.shape[1:]))
    return masks[:, rows][:, :, columns].long()


def train(head, split, grid, seed, options):
    generator = torch.Generator().manual_seed(seed)
    decayed = [p for p in head.parameters() if p.ndim >= 2]
    others = [p for p in head.parameters() if p.ndim < 2]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": options.weight_decay}, {"params": others, "weight_decay": 0.0}], lr=options.lr)
    steps, step, loss = options.epochs * math.ceil(len(split) / options.batch), 0, None
    for _ in range(options.epochs):
        total, counted = 0.0, 0
        for samples in torch.randperm(len(split), generator=generator).split(options.batch):
            for group in optimiser.param_groups:
                group["lr"] = options.lr * (1 - step / steps) ** options.power
            maps, masks = split.read(samples.tolist())
            truth = labels(masks, grid)
            # Mean over the labelled positions of the whole batch.
            loss = functional.cross_entropy(head(maps), truth, ignore_index=IGNORE)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            positions = int((truth != IGNORE).sum())
            total, counted, step = total + loss.item() * positions, counted + positions, step + 1
    return total / counted


@torch.inference_mode()
def evaluate(head, split, classes, batch):
    """Confusion matrix `[true, predicted]` over the split, at the masks' size."""
    confusion = np.zeros((classes, classes), np.int64)
    for start in range(0, len(split), batch):
        maps, masks = split.read(range(start, min(start + batch, len(split))))
        logits = functional.interpolate(head(maps), size=masks.shape[1:], mode="bilinear", align_corners=False)
        found, truth = logits.argmax(1).numpy().ravel(), masks.numpy().ravel()
        counted = truth != IGNORE
        pairs = truth[counted].astype(np.int64) * classes + found[counted]
        confusion += np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)
    return confusion


def scores(confusion):
    hit, truth, found = np.diag(confusion), confusion.sum(1), confusion.sum(0)
    union = truth + found - hit
    return {
        "meanIoU": float((hit[union > 0] / union[union > 0]).mean()),
        "meanAccuracy": float((hit[truth > 0] / truth[truth > 0]).mean()),
        "pixelAccuracy": float(hit.sum() / truth.sum()),
        "classIoU": [round(float(h / u), 4) if u else None for h, u in zip(hit, union)],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store")
    parser.add_argument("--k", default="final", help="a gather depth, or final")
    parser.add_argument("--head", choices=["linear", "mlp"], default="linear")
    parser.add_argument("--lae", choices=["none", "final", "all"], default="none")
    parser.add_argument("--depth", type=int, default=4)
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--input-norm", action="store_true")
    parser.add_argument("--epochs", type=int, default=22)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--power", type=float, default=1)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with open(os.path.join(options.store, "manifest.json")) as file:
        manifest = json.load(file)
    grid, classes = output_grid(manifest["masks"]), len(manifest["classes"])
    training, validation = (Split(options.store, manifest, name, options.k) for name in ("train", "val"))
    for seed in map(int, options.seeds.split(",")):
        torch.manual_seed(seed)
        head = Head(manifest["levels"], grid, classes, options)
        start = time.perf_counter()
        loss = train(head, training, grid, seed, options)
        seconds = time.perf_counter() - start
        print(json.dumps({
            "k": options.k, "head": options.head, "lae": options.lae, "lr": options.lr, "epochs": options.epochs, "seed": seed,
            "parameters": sum(p.numel() for p in head.parameters()), "loss": loss,
            **scores(evaluate(head, validation, classes, options.batch)),
            "samplesPerSecond": options.epochs * len(training) / seconds,
            "peakMemoryBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "torch": torch.__version__,
        }), flush=True)


if __name__ == "__main__":
    main()
