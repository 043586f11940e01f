#!/usr/bin/env python3
"""A SegFormer decode head trained a few steps by PyTorch on a feature store's pyramids, in the library's own unmerged form.

  python3 decode_head.py STORE --k 27 --out DIR [--width 768] [--steps 4] [--batch 2]

Writes DIR/model.safetensors (released names) with its config.json, and DIR/classes.safetensors: per split the class of every pixel,
`[n, H, W]` U8, from the library's logits in evaluation mode, resized bilinearly to the masks' size.
"""
import argparse, json, os, warnings

import torch
import transformers
from safetensors.torch import save_file
from torch.nn import functional
from train import IGNORE, Split, labels, output_grid
from transformers.models.segformer.modeling_segformer import SegformerDecodeHead

warnings.filterwarnings("ignore")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store")
    parser.add_argument("--k", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    with open(os.path.join(options.store, "manifest.json")) as file:
        manifest = json.load(file)
    configuration = transformers.SegformerConfig(
        hidden_sizes=[level["channels"] for level in manifest["levels"]], decoder_hidden_size=options.width,
        id2label=dict(enumerate(manifest["classes"])), label2id={name: i for i, name in enumerate(manifest["classes"])},
        architectures=["SegformerForSemanticSegmentation"])
    head, grid = SegformerDecodeHead(configuration), output_grid(manifest["masks"])
    optimiser = torch.optim.AdamW(head.parameters(), lr=1e-3)
    splits = {s["name"]: Split(options.store, manifest, s["name"], options.k) for s in manifest["splits"]}
    generator = torch.Generator().manual_seed(0)
    for step in range(options.steps):
        maps, masks = splits["train"].read(torch.randperm(len(splits["train"]), generator=generator)[:options.batch].tolist())
        loss = functional.cross_entropy(head(maps), labels(masks, grid), ignore_index=IGNORE)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        print(f"step {step + 1}: loss {loss.item():.3f}", flush=True)
    os.makedirs(options.out, exist_ok=True)
    released = {"decode_head." + k.replace("linear_projections.", "linear_c."): v for k, v in head.state_dict().items()}
    save_file(released, os.path.join(options.out, "model.safetensors"), metadata={"format": "pt"})
    configuration.save_pretrained(options.out)
    head.eval()
    classes = {}
    with torch.inference_mode():
        for name, split in splits.items():
            found = []
            for sample in range(len(split)):
                maps, masks = split.read([sample])
                logits = functional.interpolate(head(maps), size=masks.shape[1:], mode="bilinear", align_corners=False)
                found.append(logits.argmax(1).to(torch.uint8))
            classes[name] = torch.cat(found)
    save_file(classes, os.path.join(options.out, "classes.safetensors"))


if __name__ == "__main__":
    main()
