#!/usr/bin/env python3
"""NVlabs' and mmsegmentation's files of the weights that ../segformer/make.py gives transformers, and PyTorch's own activations.

  python3 make.py --size tiny --out .                                       the committed fixtures
  python3 make.py --size b4 --out DIR --weights HUB --image FILE            SegFormer-B4; HUB: the folder hf-segformer-hub that
                                                                            ../segformer/make.py --size b4 wrote

Folders below --out:
  nvlabs            encoder and decode head of hf-segformer-hub under NVlabs' names (the same function but for the epsilons of norms);
                    model.safetensors, and model.pth nested as the project saves it
  nvlabs-imagenet   backbone of hf-segformer-encoder as the ImageNet files have it: flat, without prefix, with a classifier
  mmseg             the encoder of hf-segformer-hub under mmsegmentation's names with a decode head of its own (another function);
                    model.pth is nested as 1.x saves it, with objects of its logger's classes beside the weights
  mmseg-imagenet    backbone of hf-segformer-encoder as mmsegmentation's converter writes it
golden.safetensors (and golden-odd.safetensors of B4) hold `input` [B, 3, H, W] from a photograph and, channels last, `F<k>`,
`stage1` ... `stage4`, `A<level>_k<depth>`, `logits`, as in ../segformer. Modules are those of modules.py, loaded with strict checking.
"""
import argparse, json, os, platform, re, sys, types, zlib

import numpy as np
import PIL
import safetensors
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from modules import build

HERE = os.path.dirname(os.path.abspath(__file__))
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def encoder(released, prefix=""):
    """NVlabs' names for the encoder of a file in transformers' released names: keys and values are one matrix."""
    renames = [
        (r"patch_embeddings\.(\d)\.proj\.", "patch_embed{}.proj."), (r"patch_embeddings\.(\d)\.layer_norm\.", "patch_embed{}.norm."),
        (r"layer_norm\.(\d)\.", "norm{}."), (r"block\.(\d)\.", "block{}."),
    ]
    inside = [
        ("layer_norm_1.", "norm1."), ("layer_norm_2.", "norm2."), ("attention.self.query.", "attn.q."),
        ("attention.self.key.", "attn.kv."), ("attention.self.sr.", "attn.sr."), ("attention.self.layer_norm.", "attn.norm."),
        ("attention.output.dense.", "attn.proj."), ("mlp.dense1.", "mlp.fc1."), ("mlp.dense2.", "mlp.fc2."),
    ]
    state = {}
    for name, tensor in released.items():
        name = name.removeprefix("segformer.")
        if not name.startswith("encoder.") or "self.value." in name:
            continue
        if "self.key." in name:
            other = next(n for n in released if n.endswith(name.replace("self.key.", "self.value.")))
            tensor = torch.cat([tensor, released[other]])
        name = name.removeprefix("encoder.")
        for pattern, new in renames:
            name = re.sub("^" + pattern, lambda m: new.format(int(m[1]) + 1), name)
        for old, new in inside:
            name = name.replace(old, new)
        state[prefix + name] = tensor
    return state


def decode_head(released):
    """NVlabs' names for transformers' decode head."""
    state = {}
    for name, tensor in released.items():
        if name.startswith("decode_head."):
            name = re.sub(r"linear_c\.(\d)", lambda m: f"linear_c{int(m[1]) + 1}", name)
            name = name.replace("linear_fuse.", "linear_fuse.conv.").replace("batch_norm.", "linear_fuse.bn.")
            state[name.replace("classifier.", "linear_pred.")] = tensor
    return state


def mmsegmentation(nvlabs):
    """mmsegmentation's names for NVlabs' encoder: queries, keys and values are one matrix, the Mix-FFN is of convolutions."""
    state = {}
    for name, tensor in nvlabs.items():
        if ".attn.kv." in name:
            continue
        if ".attn.q." in name:
            tensor = torch.cat([tensor, nvlabs[name.replace(".q.", ".kv.")]])
        if name.endswith(("fc1.weight", "fc2.weight")):
            tensor = tensor[:, :, None, None]
        name = re.sub(r"\bpatch_embed(\d)\.", lambda m: f"layers.{int(m[1]) - 1}.0.", name).replace(".proj.", ".projection.", 1) \
            if "patch_embed" in name else name
        name = re.sub(r"\bblock(\d)\.", lambda m: f"layers.{int(m[1]) - 1}.1.", name)
        name = re.sub(r"^(backbone\.)?norm(\d)\.", lambda m: f"{m[1] or ''}layers.{int(m[2]) - 1}.2.", name)
        for old, new in [("attn.q.", "attn.attn.in_proj_"), ("attn.proj.", "attn.attn.out_proj."), ("mlp.fc1.", "ffn.layers.0."),
                         ("mlp.dwconv.dwconv.", "ffn.layers.1."), ("mlp.fc2.", "ffn.layers.4.")]:
            name = name.replace(old, new)
        state[name] = tensor
    return state


def random(module, seed):
    """Seeded values for what the released file does not have, by kind, such that mistakes show."""
    state = {}
    for name, tensor in module.state_dict().items():
        noise = torch.randn(tensor.shape, generator=torch.Generator().manual_seed(seed * 1_000_003 + zlib.crc32(name.encode())))
        if name.endswith("num_batches_tracked"):
            noise = torch.tensor(160_000)
        elif name.endswith("running_mean"):
            noise = 0.3 * noise
        elif name.endswith("running_var"):
            noise = torch.exp(0.3 * noise)
        elif ".bn." in name and name.endswith("weight"):
            noise = 1 + 0.15 * noise
        elif name.endswith("bias"):
            noise = 0.1 * noise
        else:
            noise = noise / noise[0].numel() ** 0.5
        state[name] = noise
    return state


def photograph(path, height, width):
    image = Image.open(path).convert("RGB").resize((width, height), Image.BILINEAR)
    pixels = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).float() / 255
    return ((pixels - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1))[None]


@torch.no_grad()
def golden(model, images, depths, kept=None):
    """`kept`: which of F0 ... FN to write; None for all."""
    backbone = getattr(model, "backbone", model)
    stream, ends, sums = [], [], {k: [] for k in depths}
    x = images
    to_map = lambda t, size: t.unflatten(1, size)
    for number, stage in enumerate(backbone.stages()):
        x, size = stage.embed(x)
        if number == 0:
            stream.append(to_map(x, size))
        outputs = []
        for block in stage.blocks:
            x = block(x, size)
            outputs.append(to_map(x, size))
        for k, levels in sums.items():
            if number == 0:
                level = stream[0]
            else:
                down, _ = stage.embed(levels[-1].permute(0, 3, 1, 2))
                level = to_map(down, size)
            left = max(0, k - (len(stream) - 1))
            levels.append(sum(outputs[:left], level))
        stream += outputs
        ends.append(to_map(stage.norm(x), size))
        x = ends[-1].permute(0, 3, 1, 2)
    assert all(torch.allclose(a.permute(0, 3, 1, 2), b, atol=1e-4) for a, b in zip(ends, backbone(images)))
    tensors = {"input": images}
    tensors |= {f"F{k}": value for k, value in enumerate(stream) if kept is None or k in kept}
    tensors |= {f"stage{s}": end for s, end in enumerate(ends, 1)}
    for k, levels in sums.items():
        tensors |= {f"A{s}_k{k}": level for s, level in enumerate(levels, 1)}
    if backbone is not model:
        tensors["logits"] = model(images).permute(0, 2, 3, 1)
    assert all(torch.isfinite(t).all() for t in tensors.values())
    return {name: t.contiguous() for name, t in tensors.items()}


def logger_buffer():
    """An object of the class that 1.x keeps its history of losses in, under the name that its pickles have."""
    module = types.ModuleType("mmengine.logging.history_buffer")
    module.HistoryBuffer = type("HistoryBuffer", (), {"__module__": module.__name__})
    for name in ("mmengine", "mmengine.logging", module.__name__):
        sys.modules.setdefault(name, module if name == module.__name__ else types.ModuleType(name))
    buffer = module.HistoryBuffer()
    buffer._log_history, buffer._count_history = np.array([1.5, 0.75]), np.array([1, 1])
    return buffer


def old_meta(classes):
    """What 0.x and NVlabs' fork put beside `state_dict`."""
    return {"meta": {"mmseg_version": "0.11.0", "epoch": 1, "iter": 160_000, "CLASSES": tuple(classes),
                     "PALETTE": [[i, i, i] for i in range(len(classes))]}}


def new_meta(classes):
    """What 1.x puts beside `state_dict`."""
    return {
        "meta": {"epoch": 0, "iter": 160_000, "dataset_meta": {"classes": tuple(classes)}, "mmengine_version": "0.10.3"},
        "message_hub": {"log_scalars": {"train/loss": logger_buffer()}, "runtime_info": {"iter": 160_000}},
    }


class Case:
    def __init__(self, out, name):
        self.folder = os.path.join(out, name)
        os.makedirs(self.folder, exist_ok=True)
        print(name, flush=True)

    def save(self, model, state, around=None):
        """Loads `state` strictly, and writes what the model has: safetensors, and a pickle with `around` beside the weights."""
        model.load_state_dict(state, strict=True)
        state = model.state_dict()
        save_file(state, os.path.join(self.folder, "model.safetensors"), metadata={"format": "pt"})
        if around is not None:
            torch.save(around | {"state_dict": state}, os.path.join(self.folder, "model.pth"))

    def golden(self, name, *arguments):
        save_file(golden(*arguments), os.path.join(self.folder, name))


def segmenters(out, size, weights, goldens, classes):
    released = load_file(os.path.join(weights, "model.safetensors"))
    nvlabs = build("nvlabs", size)
    state = random(nvlabs, 5) | encoder(released, "backbone.") | decode_head(released)
    case = Case(out, "nvlabs")
    case.save(nvlabs, state, old_meta(classes))
    for name, arguments in goldens.items():
        case.golden(name, nvlabs, *arguments)
    mmseg = build("mmseg", size)
    state = random(mmseg, 6) | mmsegmentation(encoder(released, "backbone."))
    case = Case(out, "mmseg")
    case.save(mmseg, state, new_meta(classes))
    for name, arguments in goldens.items():
        case.golden(name, mmseg, *arguments)


def tiny(out, weights, _):
    weights = weights or os.path.join(HERE, "..", "segformer")
    image = os.path.join(HERE, "..", "images", "astronaut.png")
    classes = ["wall", "building", "sky", "floor", "tree", "ceiling", "road"]
    # Neither side divisible by 32, and remainders in every reduction; k = 3 ends inside stage 2, k = 7 is all.
    goldens = {"golden.safetensors": (photograph(image, 44, 76), [3, 7])}
    segmenters(out, "tiny", os.path.join(weights, "hf-segformer-hub"), goldens, classes)
    released = load_file(os.path.join(weights, "hf-segformer-encoder", "model.safetensors"))
    nvlabs, mmseg = (build(project, "encoder", backbone=True) for project in ("nvlabs", "mmseg"))
    Case(out, "nvlabs-imagenet").save(nvlabs, random(nvlabs, 7) | encoder(released))
    Case(out, "mmseg-imagenet").save(mmseg, mmsegmentation(encoder(released)))


def b4(out, weights, image):
    if not weights or not image:
        raise SystemExit("make.py: --size b4 needs --weights HUB and --image FILE")
    kept, depths = {0, 1, 3, 4, 11, 12, 14, 27, 38, 39, 41}, [14, 27, 41]
    segmenters(out, "b4", weights, {
        "golden.safetensors": (photograph(image, 512, 512), depths, kept),
        "golden-odd.safetensors": (photograph(image, 483, 650), depths, kept),
    }, [f"class {i}" for i in range(150)])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", choices=["tiny", "b4"], required=True)
    arguments.add_argument("--out", required=True)
    arguments.add_argument("--weights", help="the folder with transformers' files; tiny: ../segformer")
    arguments.add_argument("--image", help="b4: the photograph of the goldens")
    options = arguments.parse_args()
    os.makedirs(options.out, exist_ok=True)
    {"tiny": tiny, "b4": b4}[options.size](options.out, options.weights, options.image)
    versions = {m.__name__: m.__version__ for m in (torch, safetensors, np, PIL)}
    with open(os.path.join(options.out, "versions.json"), "w") as f:
        json.dump({"python": platform.python_version(), **versions}, f, indent=2)
        f.write("\n")


if __name__ == "__main__":
    main()
