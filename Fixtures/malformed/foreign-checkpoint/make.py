#!/usr/bin/env python3
"""Files under timm's names whose `mist.model` metadata is wrong, one reason each (Formats/foreign-checkpoint.md). Standard
library only.

  mist convert ../naming-conventions/valid --to timm -o valid     makes the file they are derived from
  python3 make.py                                                 writes the others beside this script
"""
import json, os, struct

HERE = os.path.dirname(os.path.abspath(__file__))


def read(name):
    with open(os.path.join(HERE, name, "model.safetensors"), "rb") as f:
        size = struct.unpack("<Q", f.read(8))[0]
        return json.loads(f.read(size)), f.read()


HEADER, DATA = read("valid")
MODEL = json.loads(HEADER["__metadata__"]["mist.model"])


def write(path, model):
    header = json.loads(json.dumps(HEADER))
    header["__metadata__"]["mist.model"] = model if isinstance(model, str) else json.dumps(
        model, sort_keys=True, separators=(",", ":"))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + DATA)


def configuration(**changes):
    return {**MODEL, "configuration": {**MODEL["configuration"], **changes}}


def without(key):
    return {k: v for k, v in MODEL.items() if k != key}


SEGFORMER = {
    "epsilon": {"block": 1e-5, "patch": 1e-5, "reduction": 1e-5, "stage": 1e-5},
    "stages": [{"depth": 1, "heads": 1, "mlpWidth": 8, "patchSize": 7, "reduction": 1, "stride": 4, "width": 4}]}

write("not-json.safetensors", "{")
write("other-version.safetensors", {**MODEL, "version": 2})
write("no-preprocessing.safetensors", without("preprocessing"))
write("other-architecture.safetensors", {**MODEL, "architecture": "segformer"})
write("heads-do-not-divide.safetensors", configuration(heads=3))
write("zero-std.safetensors", {**MODEL, "preprocessing": {**MODEL["preprocessing"], "std": [0, 1, 1]}})
write("classes-without-head.safetensors", {**MODEL, "classes": ["wall", "sky"]})
write("integer-type.safetensors", {**MODEL, "types": {"patch_embed.bias": "I32"}})
write("another-model.safetensors", {**MODEL, "architecture": "segformer", "configuration": SEGFORMER})
write("more-blocks.safetensors", configuration(depth=2))
write("no-qkv-bias.safetensors", configuration(qkvBias=False))
write("other-width.safetensors", configuration(mlpWidth=6))
write("other-config/model.safetensors", MODEL)
with open(os.path.join(HERE, "valid", "config.json")) as f:
    config = json.load(f)
config["model_args"]["depth"] = 5
with open(os.path.join(HERE, "other-config", "config.json"), "w") as f:
    json.dump(config, f, indent=2)
