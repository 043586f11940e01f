"""Writes a SegFormer encoder of B0's size with fixed random weights, as Hugging Face writes a SegformerModel; Python's standard
library only.

    python3 make.py OUT [--seed 0] [--size 256]

Writes OUT/model.safetensors (the released naming), OUT/config.json and OUT/preprocessor_config.json. Random features are no
pretrained ones, but a head on them learns what colours, edges and textures show. Scales are chosen so that every block adds
about half of what it finds: with the library's own initialisation (0.02 everywhere) the blocks would add next to nothing.
"""
import argparse
import json
import os
import random
import struct
import sys
from array import array

DIMS, DEPTHS, HEADS, REDUCTIONS = (32, 64, 160, 256), (2, 2, 2, 2), (1, 2, 5, 8), (8, 4, 2, 1)
PATCHES, STRIDES, RATIO = (7, 3, 3, 3), (4, 2, 2, 2), 4


def tensors(draw):
    """Name, shape and values of every tensor."""
    def norm(name, width):
        yield name + ".weight", [width], array("f", [1.0]) * width
        yield name + ".bias", [width], array("f", [0.0]) * width

    def product(name, shape, gain=1.0):
        inputs = 1
        for size in shape[1:]:
            inputs *= size
        yield name + ".weight", shape, draw(shape[0] * inputs, gain * inputs**-0.5)
        yield name + ".bias", [shape[0]], draw(shape[0], 0.1)

    for stage, (width, depth, reduction) in enumerate(zip(DIMS, DEPTHS, REDUCTIONS)):
        before = DIMS[stage - 1] if stage else 3
        patches = f"encoder.patch_embeddings.{stage}"
        yield from product(patches + ".proj", [width, before, PATCHES[stage], PATCHES[stage]])
        yield from norm(patches + ".layer_norm", width)
        for index in range(depth):
            block = f"encoder.block.{stage}.{index}"
            attention = block + ".attention.self"
            yield from norm(block + ".layer_norm_1", width)
            # Larger queries and keys, so that attention is not the mean of everything.
            yield from product(attention + ".query", [width, width], 1.5)
            yield from product(attention + ".key", [width, width], 1.5)
            yield from product(attention + ".value", [width, width])
            if reduction > 1:
                yield from product(attention + ".sr", [width, width, reduction, reduction])
                yield from norm(attention + ".layer_norm", width)
            yield from product(block + ".attention.output.dense", [width, width], 0.7)
            yield from norm(block + ".layer_norm_2", width)
            yield from product(block + ".mlp.dense1", [RATIO * width, width])
            yield from product(block + ".mlp.dwconv.dwconv", [RATIO * width, 1, 3, 3], 1.5)
            yield from product(block + ".mlp.dense2", [width, RATIO * width], 1.2)
        yield from norm(f"encoder.layer_norm.{stage}", width)


def write_safetensors(path, entries):
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, shape, values in entries:
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + 4 * len(values)]}
        offset += 4 * len(values)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, values in entries:
            if sys.byteorder == "big":
                values.byteswap()
            file.write(values.tobytes())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=256, help="pixels of the input's sides")
    arguments = parser.parse_args()
    source = random.Random(arguments.seed).random

    def draw(count, deviation):
        """Uniform values of this standard deviation around zero."""
        reach = deviation * 3**0.5
        return array("f", [(2 * source() - 1) * reach for _ in range(count)])

    config = {
        "architectures": ["SegformerModel"], "attention_probs_dropout_prob": 0.0, "depths": DEPTHS, "drop_path_rate": 0.1,
        "hidden_act": "gelu", "hidden_dropout_prob": 0.0, "hidden_sizes": DIMS, "initializer_range": 0.02,
        "layer_norm_eps": 1e-06, "mlp_ratios": (RATIO,) * 4, "model_type": "segformer", "num_attention_heads": HEADS,
        "num_channels": 3, "num_encoder_blocks": 4, "patch_sizes": PATCHES, "sr_ratios": REDUCTIONS, "strides": STRIDES,
        "torch_dtype": "float32",
    }
    pixels = {
        "do_normalize": True, "do_reduce_labels": True, "do_rescale": True, "do_resize": True,
        "image_mean": [0.485, 0.456, 0.406], "image_processor_type": "SegformerImageProcessor",
        "image_std": [0.229, 0.224, 0.225], "resample": 2, "rescale_factor": 1 / 255,
        "size": {"height": arguments.size, "width": arguments.size},
    }
    os.makedirs(arguments.out, exist_ok=True)
    write_safetensors(os.path.join(arguments.out, "model.safetensors"), list(tensors(draw)))
    for name, value in (("config.json", config), ("preprocessor_config.json", pixels)):
        with open(os.path.join(arguments.out, name), "w") as file:
            file.write(json.dumps(value, indent=2) + "\n")


if __name__ == "__main__":
    main()
