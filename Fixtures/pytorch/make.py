#!/usr/bin/env python3
"""Checkpoints as torch.save writes them, each with a safetensors file of the same tensors under the names expected.

  python3 make.py       writes NAME.pth (or .pt, .bin), NAME-legacy.pth where the old layout matters, NAME.safetensors

versions.json names the libraries. Needs torch, safetensors, numpy and the fixtures of ../vit.
"""
import argparse, collections, datetime, json, pathlib, platform, sys, types, zipfile

import numpy, safetensors, torch
from safetensors.torch import load_file, save_file

FOLDER = pathlib.Path(__file__).parent


def expect(name, tensors):
    path = FOLDER / f"{name}.safetensors"
    save_file({key: value.detach().contiguous().clone() for key, value in tensors.items()}, path)
    path.chmod(0o644)


def save(name, value, expected, ending="pth", legacy=True, **options):
    torch.save(value, FOLDER / f"{name}.{ending}", **options)
    if legacy:
        torch.save(value, FOLDER / f"{name}-legacy.{ending}", _use_new_zipfile_serialization=False, **options)
    expect(name, expected)


def numbers(*shape):
    count = int(numpy.prod(shape))
    return torch.arange(count, dtype=torch.float32).reshape(shape) / 8 - 1


# Every element type; a scalar, an empty tensor, a name that is not ASCII.
TYPES = [
    torch.bool, torch.uint8, torch.int8, torch.uint16, torch.int16, torch.uint32, torch.int32, torch.uint64, torch.int64,
    torch.float8_e4m3fn, torch.float8_e5m2, torch.float16, torch.bfloat16, torch.float32, torch.float64,
]  # fmt: skip
tensors = {str(dtype).split(".")[1]: torch.tensor([[0, 1, 0], [1, 1, 0]]).to(dtype) for dtype in TYPES}
tensors |= {"scalar": torch.tensor(-2.5), "empty": torch.zeros(0, 3), "größe": torch.tensor([1.0, -1.0])}
save("dtypes", tensors, tensors)
# Protocols 4 and 5 frame the pickle, memoise without numbers and name globals by the stack.
save("protocol4", tensors, tensors, pickle_protocol=4)
save("protocol5", tensors, tensors, pickle_protocol=5)

# Views of storages: shared, transposed, sliced, repeated, reversed dimensions, channels last, a part at an offset.
base = numbers(6, 8)
image = numbers(2, 3, 4, 5)
views = {
    "base": base, "transposed": base.t(), "columns": base[:, 2:5], "rows": base[1:3], "every-other": base[::2, ::3],
    "diagonal": base.diagonal(), "expanded": base[0].expand(3, 8), "one-value": base[2, 3], "same": base,
    "permuted": image.permute(3, 1, 0, 2), "channels-last": image.to(memory_format=torch.channels_last),
    "unit-stride": image[:, :1].transpose(0, 1), "half-transposed": image.half().transpose(1, 3),
    "double-transposed": base.double().t(), "bytes-transposed": base.to(torch.uint8).t(), "none": base[:, 8:],
}  # fmt: skip
save("views", views, views)

# What a training script saves, DataParallel's names and all, with the state beside the weights that readers must skip.
torch.manual_seed(1)
model = torch.nn.DataParallel(torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4)))
optimizer = torch.optim.AdamW(model.parameters())
model(torch.ones(2, 3)).sum().backward()
optimizer.step()
history = types.ModuleType("mmengine.logging.history_buffer")


class HistoryBuffer:
    """As mmengine's: arrays, and functions that protocol 2 writes as `getattr`."""

    def __init__(self):
        self._log_history = numpy.array([0.5, 0.25])
        self._count_history = numpy.array([1, 2])
        self._statistics_methods = collections.OrderedDict(mean=HistoryBuffer.mean)

    def mean(self):
        return self._log_history.mean()


HistoryBuffer.__module__ = history.__name__
history.HistoryBuffer = HistoryBuffer
for name in ("mmengine", "mmengine.logging"):
    sys.modules[name] = types.ModuleType(name)
sys.modules[history.__name__] = history
training = {
    "meta": {"epoch": 3, "time": datetime.datetime(2024, 1, 1), "huge": 2**100, "negative": -(2**40), "ratio": 0.5},
    "state_dict": model.state_dict(),
    "optimizer": optimizer.state_dict(),
    "message_hub": {"log_scalars": {"loss": HistoryBuffer()}, "iter": numpy.int64(7), "bytes": b"\0\1"},
    "args": argparse.Namespace(lr=1e-3, path=pathlib.PurePosixPath("data"), names={"a", "b"}, size=torch.Size([1, 2])),
    "best_acc1": torch.tensor(76.1),
    "device": torch.device("cpu"),
    "dtype": torch.float16,
}
save("training", training, model.state_dict())

# Weights and their average: both are read, each under its key.
plain = model.module.state_dict()
average = {key: value * 2 for key, value in plain.items()}
both = {f"model.{key}": value for key, value in plain.items()} | {f"model_ema.{key}": value for key, value in average.items()}
save("averaged", {"model": plain, "model_ema": average, "epoch": 1}, both, legacy=False, ending="pt")
# A teacher inside further wrappers, and Parameters in place of tensors.
inner = collections.OrderedDict((key, torch.nn.Parameter(value, value.requires_grad)) for key, value in plain.items() if value.is_floating_point())
noted = torch.nn.Parameter(numbers(2))
noted.note = "an attribute, which torch.save keeps"
inner["noted"] = noted
save("nested", {"checkpoint": {"teacher": {"backbone": inner}}}, inner, ending="pt")

# The archive packed again by a tool that compresses, and one without checksums.
with zipfile.ZipFile(FOLDER / "views.pth") as source, zipfile.ZipFile(FOLDER / "repacked.pth", "w", zipfile.ZIP_DEFLATED) as target:
    for entry in source.infolist():
        name = "another/" + entry.filename.split("/", 1)[1]
        target.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), source.read(entry), zipfile.ZIP_DEFLATED)
expect("repacked", views)
torch.serialization.set_crc32_options(False)
save("no-checksums", plain, plain, legacy=False)
torch.serialization.set_crc32_options(True)

# The weights of ../vit as their users have them: a folder with the JSON files beside the weights.
for source, name in [("timm-vit", "checkpoint.pth"), ("hf-vit", "pytorch_model.bin")]:
    folder = FOLDER / source
    folder.mkdir(exist_ok=True)
    weights = load_file(FOLDER.parent / "vit" / source / "model.safetensors")
    torch.save(collections.OrderedDict(weights), folder / name)
    for file in (FOLDER.parent / "vit" / source).glob("*config.json"):
        (folder / file.name).write_bytes(file.read_bytes())
# The same beside their average, which differs in one tensor only and shares the other storages.
weights = load_file(FOLDER.parent / "vit" / "timm-vit" / "model.safetensors")
average = weights | {"norm.bias": weights["norm.bias"] * 2}
(FOLDER / "timm-vit-averaged").mkdir(exist_ok=True)
torch.save({"model": weights, "model_ema": average, "epoch": 9}, FOLDER / "timm-vit-averaged" / "last.pt")
(FOLDER / "timm-vit-averaged" / "config.json").write_bytes((FOLDER.parent / "vit" / "timm-vit" / "config.json").read_bytes())

versions = {"python": platform.python_version(), "torch": torch.__version__, "safetensors": safetensors.__version__, "numpy": numpy.__version__}
(FOLDER / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")
