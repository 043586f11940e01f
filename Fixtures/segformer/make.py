#!/usr/bin/env python3
"""SegFormers with seeded random weights, their files as users have them, and PyTorch's own activations.

  python3 make.py --size tiny --out .                     the committed fixtures
  python3 make.py --size b4 --out DIR --image FILE        SegFormer-B4 at its real size, at 512 x 512 and at 483 x 650

Folders below --out:
  hf-segformer-hub         SegformerForSemanticSegmentation by save_pretrained (released names), ONNX by the TorchScript exporter
  hf-segformer-v5          the same weights under the module names of transformers 5; the goldens are those of hf-segformer-hub
  hf-segformer-encoder     SegformerModel (safetensors, ONNX)
  hf-segformer-classifier  SegformerForImageClassification
  decode-head              an all-MLP head alone in released names; golden: `level1` ... `level4`, `logits`
golden.safetensors and golden-odd.safetensors (not square, not divisible by 32) hold `input` [B, 3, H, W] from photographs and, channels
last, `F<k>`, `stage1` ... `stage4`, `A<level>_k<depth>`, `logits`. Stages, blocks and logits are what the library's own modules give;
the gather is A_1 = F_0 + S_1, A_s = Down_s(A_{s-1}) + S_s with Down_s the library's patch embedding of stage s and S_s the sum of the
outputs of the stage's blocks within the first k. versions.json names the libraries. Weights are random but such that mistakes show: no
bias is zero, no norm is the identity, attention is far from uniform, and activations keep a trained network's magnitude.
"""
import argparse, json, os, platform, warnings, zlib

import numpy as np
import torch

try:
    import torchvision
except ImportError:
    pass
except RuntimeError:  # built for another torch: it registers kernels for operators that its own library failed to define
    OPERATORS = torch.library.Library("torchvision", "DEF")
    OPERATORS.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    OPERATORS.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import onnx, safetensors, PIL, transformers
from PIL import Image
from safetensors.torch import save_file
from transformers.models.segformer.modeling_segformer import SegformerDecodeHead

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
PHOTOS = os.path.join(HERE, "..", "images")
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def config(dims, depths, heads, mlp, width, labels):
    return transformers.SegformerConfig(
        depths=depths, hidden_sizes=dims, num_attention_heads=heads, mlp_ratios=mlp, sr_ratios=[8, 4, 2, 1],
        patch_sizes=[7, 3, 3, 3], strides=[4, 2, 2, 2], decoder_hidden_size=width,
        id2label=dict(enumerate(labels)), label2id={label: i for i, label in enumerate(labels)})


def randomise(model, seed):
    """Seeded values for every parameter and statistic, by kind; each tensor has its own generator."""
    with torch.no_grad():
        for name, p in sorted(model.state_dict().items()):
            noise = torch.randn(p.shape, generator=torch.Generator().manual_seed(seed * 1_000_003 + zlib.crc32(name.encode())))
            if name.endswith("num_batches_tracked"):
                p.fill_(160_000)
            elif name.endswith("running_mean"):
                p.copy_(0.3 * noise)
            elif name.endswith("running_var"):
                p.copy_(torch.exp(0.3 * noise))
            elif "norm" in name:
                p.copy_(1 + 0.15 * noise if name.endswith("weight") else 0.1 * noise)
            elif name.endswith("bias"):
                p.copy_(0.1 * noise)
            else:
                sharper, residual = ("q_proj", "k_proj"), ("o_proj", "fc2")
                gain = 1.2 if any(part in name for part in sharper) else 0.35 if any(part in name for part in residual) else 1.0
                p.copy_(gain * noise / p[0].numel() ** 0.5)
    return model.eval()


def photographs(paths, height, width):
    batch = []
    for path in paths:
        image = Image.open(path).convert("RGB").resize((width, height), Image.BILINEAR)
        pixels = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).float() / 255
        batch.append((pixels - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1))
    return torch.stack(batch)


def gather(stages, first, blocks, k):
    """A_1 ... A_4, channels last. `first`: F_0; `blocks`: every stage's block outputs; k counts over all stages."""
    level, levels = first, []
    for number, (stage, outputs) in enumerate(zip(stages, blocks)):
        if number > 0:
            tokens, height, width = stage.patch_embeddings(level.permute(0, 3, 1, 2))
            level = tokens.unflatten(1, (height, width))
        for output in outputs[:k]:
            level = level + output
        k = max(0, k - len(outputs))
        levels.append(level)
    return levels


@torch.no_grad()
def golden(model, images, depths, kept=None):
    """`kept`: which of F0 ... FN to write; None for all."""
    encoder = getattr(model, "segformer", model)
    first, ends, blocks, hooks = [], [], [[] for _ in encoder.stages], []

    def record_block(list, stage):
        hooks.append(stage.register_forward_hook(lambda _, __, out: list.append(out)))

    hooks.append(encoder.stages[0].patch_embeddings.register_forward_hook(lambda _, __, out: first.append(out)))
    for stage, outputs in zip(encoder.stages, blocks):
        for block in stage.blocks:
            record_block(outputs, block)
        record_block(ends, stage)
    result = model(images)
    for hook in hooks:
        hook.remove()
    ends = [end.permute(0, 2, 3, 1) for end in ends]
    tokens, height, width = first[0]
    first = tokens.unflatten(1, (height, width))
    blocks = [[o.unflatten(1, end.shape[1:3]) for o in outputs] for end, outputs in zip(ends, blocks)]
    stream = [first] + [output for outputs in blocks for output in outputs]
    tensors = {"input": images}
    tensors |= {f"F{k}": value for k, value in enumerate(stream) if kept is None or k in kept}
    tensors |= {f"stage{s}": end for s, end in enumerate(ends, 1)}
    for k in depths:
        tensors |= {f"A{s}_k{k}": level for s, level in enumerate(gather(encoder.stages, first, blocks, k), 1)}
    if hasattr(model, "decode_head"):
        tensors["logits"] = result.logits.permute(0, 2, 3, 1)
    assert all(torch.isfinite(t).all() for t in tensors.values())
    return {name: t.contiguous() for name, t in tensors.items()}


class Output(torch.nn.Module):
    """A model with one output; its parameters keep their names."""

    def __init__(self, model, output):
        super().__init__()
        for name, child in model.named_children():
            self.add_module(name, child)
        self.__dict__["whole"], self.__dict__["output"] = model, output

    def forward(self, pixel_values):
        return getattr(self.whole(pixel_values), self.output)


def export_onnx(model, output, images, path, dynamic):
    """`dynamic`: the axes of the input that the graph leaves open; none gives a graph without shape arithmetic."""
    with torch.no_grad():
        torch.onnx.export(
            Output(model, output), (images[:1],), path, dynamo=False, opset_version=17, do_constant_folding=True,
            input_names=["pixel_values"], output_names=[output], dynamic_axes={"pixel_values": dynamic} if dynamic else None)


class Case:
    def __init__(self, out, name):
        self.folder = os.path.join(out, name)
        os.makedirs(self.folder, exist_ok=True)
        print(name, flush=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def json(self, name, value):
        with open(self.path(name), "w") as f:
            json.dump(value, f, indent=2, sort_keys=True)
            f.write("\n")

    def processor(self, size, released):
        """preprocessor_config.json: as the released files have it, or as transformers 5 writes it."""
        common = {"do_normalize": True, "do_resize": True, "image_mean": MEAN, "image_std": STD, "resample": 2}
        self.json("preprocessor_config.json", {
            **common, "feature_extractor_type": "SegformerFeatureExtractor", "reduce_labels": True, "size": size,
        } if released else {
            **common, "image_processor_type": "SegformerImageProcessor", "do_reduce_labels": True, "do_rescale": True,
            "rescale_factor": 1 / 255, "size": {"height": size, "width": size},
        })


def segmenters(out, model, size, goldens, dynamic):
    """The same model in released names (with ONNX and goldens: name -> (images, depths, kept)) and in module names."""
    hub = Case(out, "hf-segformer-hub")
    model.save_pretrained(hub.folder)
    hub.processor(size, released=True)
    for name, (images, depths, kept) in goldens.items():
        save_file(golden(model, images, depths, kept), hub.path(name))
    export_onnx(model, "logits", goldens["golden.safetensors"][0], hub.path("model.onnx"), dynamic)
    modules = Case(out, "hf-segformer-v5")
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, modules.path("model.safetensors"),
              metadata={"format": "pt"})
    model.config.save_pretrained(modules.folder)
    modules.processor(size, released=False)


def decode_head(out, configuration, sizes, seed, batch=1):
    """A head alone: its tensors in released names, maps of the given sizes, and the unfolded head's logits."""
    case = Case(out, "decode-head")
    head = randomise(SegformerDecodeHead(configuration), seed)
    released = {"decode_head." + k.replace("linear_projections.", "linear_c."): v for k, v in head.state_dict().items()}
    save_file(released, case.path("model.safetensors"), metadata={"format": "pt"})
    configuration.architectures = ["SegformerForSemanticSegmentation"]
    configuration.save_pretrained(case.folder)
    generator = torch.Generator().manual_seed(seed)
    maps = [torch.randn(batch, c, *size, generator=generator) for c, size in zip(configuration.hidden_sizes, sizes)]
    with torch.no_grad():
        logits = head(maps)
    tensors = {f"level{s}": m for s, m in enumerate(maps, 1)} | {"logits": logits}
    save_file({k: v.permute(0, 2, 3, 1).contiguous() for k, v in tensors.items()}, case.path("golden.safetensors"))


def tiny(out, _):
    """Widths 4 to 24, one or two blocks per stage: the library's own classes, small files."""
    photos = [os.path.join(PHOTOS, name) for name in ("chelsea.jpg", "astronaut.png", "coffee.jpg", "rocket.jpg")]
    labels = ["wall", "building", "sky", "floor, flooring", "tree", "ceiling", "road"]
    whole = config([4, 8, 16, 24], [2, 2, 2, 1], [1, 2, 4, 3], [4, 2, 2, 2], 12, labels)
    model = randomise(transformers.SegformerForSemanticSegmentation(whole), 1)
    # k = 3 ends inside stage 2, k = 5 inside stage 3, k = 7 is all.
    segmenters(out, model, 64, {
        "golden.safetensors": (photographs(photos[:1], 64, 64), [3, 5, 7], None),
        "golden-odd.safetensors": (photographs(photos[1:2], 70, 98), [3, 5, 7], None),
    }, dynamic=None)
    small = lambda labels: config([4, 8, 10, 16], [1, 2, 1, 1], [1, 2, 5, 4], [2, 2, 4, 2], 6, labels)
    case = Case(out, "hf-segformer-encoder")
    encoder = randomise(transformers.SegformerModel(small(labels[:2])), 2)
    encoder.save_pretrained(case.folder)
    case.processor(64, released=False)
    images = photographs(photos[2:], 40, 56)
    save_file(golden(encoder, images, [2, 5]), case.path("golden.safetensors"))
    export_onnx(encoder, "last_hidden_state", images, case.path("model.onnx"), {0: "batch", 2: "height", 3: "width"})
    case = Case(out, "hf-segformer-classifier")
    classifier = randomise(transformers.SegformerForImageClassification(small(["cat", "rocket", "cup"])), 3)
    classifier.save_pretrained(case.folder)
    case.processor(64, released=True)
    images = photographs(photos[:1], 44, 60)
    save_file(golden(classifier, images, [4]), case.path("golden-odd.safetensors"))
    with torch.no_grad():
        save_file({"input": images, "logits": classifier(images).logits}, case.path("golden-logits.safetensors"))
    decode_head(out, whole,
                [(9, 13), (5, 7), (3, 4), (2, 2)], 4)


def b4(out, image):
    """nvidia/segformer-b4-finetuned-ade-512-512 by its configuration."""
    if not image:
        raise SystemExit("make.py: --size b4 needs --image FILE")
    labels = [f"class {i}" for i in range(150)]
    whole = config([64, 128, 320, 512], [3, 8, 27, 3], [1, 2, 5, 8], [4] * 4, 768, labels)
    kept, depths = {0, 1, 3, 4, 11, 12, 14, 27, 38, 39, 41}, [14, 27, 41]
    segmenters(out, randomise(transformers.SegformerForSemanticSegmentation(whole), 1), 512, {
        "golden.safetensors": (photographs([image], 512, 512), depths, kept),
        "golden-odd.safetensors": (photographs([image], 483, 650), depths, kept),
    }, dynamic={0: "batch"})


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", choices=["tiny", "b4"], required=True)
    arguments.add_argument("--out", required=True)
    arguments.add_argument("--image", help="b4: the photograph of the goldens")
    options = arguments.parse_args()
    torch.manual_seed(0)
    os.makedirs(options.out, exist_ok=True)
    {"tiny": tiny, "b4": b4}[options.size](options.out, options.image)
    versions = {m.__name__: m.__version__ for m in (torch, transformers, onnx, safetensors, np, PIL)}
    with open(os.path.join(options.out, "versions.json"), "w") as f:
        json.dump({"python": platform.python_version(), **versions}, f, indent=2)
        f.write("\n")


if __name__ == "__main__":
    main()
