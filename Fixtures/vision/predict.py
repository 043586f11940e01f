"""The mask that transformers makes of a photograph, with the small SegFormer of ../segformer.

    python predict.py         # writes predicted/chelsea.png beside this script

Pixels prepared by Pillow as the model's preprocessor_config.json says, logits resized bilinearly to the photograph's own size,
argmax: what SegformerImageProcessor.post_process_semantic_segmentation does. Made with transformers 5.23, torch 2.15, Pillow 13.
"""

import json
import os

import numpy as np
import torch
from PIL import Image
from transformers import SegformerForSemanticSegmentation

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join(HERE, "..", "segformer", "hf-segformer-hub")


def main():
    model = SegformerForSemanticSegmentation.from_pretrained(MODEL).eval()
    with open(os.path.join(MODEL, "preprocessor_config.json")) as file:
        config = json.load(file)
    size = config["size"]
    with Image.open(os.path.join(HERE, "..", "images", "chelsea.jpg")) as file:
        image = file.convert("RGB")
    pixels = torch.from_numpy(np.array(image.resize((size, size), Image.Resampling(config["resample"]))))
    mean, std = torch.tensor(config["image_mean"]), torch.tensor(config["image_std"])
    pixels = ((pixels / 255 - mean) / std).permute(2, 0, 1)[None]
    with torch.no_grad():
        logits = model(pixels).logits
    logits = torch.nn.functional.interpolate(logits, size=image.size[::-1], mode="bilinear", align_corners=False)
    folder = os.path.join(HERE, "predicted")
    os.makedirs(folder, exist_ok=True)
    Image.fromarray(logits.argmax(1)[0].numpy().astype("u1")).save(os.path.join(folder, "chelsea.png"))


if __name__ == "__main__":
    main()
