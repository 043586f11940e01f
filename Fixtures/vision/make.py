"""Goldens of image decoding, resizing and preprocessing, by Pillow and torchvision.

    python make.py            # writes files/ and goldens.safetensors beside this script

Made with Pillow 13.0.0 (libjpeg-turbo 3.2.0), torchvision 0.29.2, safetensors 0.8, numpy 2.4.6; the metadata of
goldens.safetensors records the versions of the last run. Names in it:
    decoded/FILE                              [H, W, 3] u8, `Image.open(FILE).convert("RGB")`, cut to 24 rows × 24 columns
                                              at the centre for the photographs
    decoded-size/FILE                         [2] i32, height and width
    resized/IMAGE/WIDTHxHEIGHT/FILTER         [H, W, 3] u8
    preprocessed/IMAGE/CASE                   [3, H, W] f32
    labels/FILE                               [H, W] u8, the samples of a mask as they are stored
    labels-resized/FILE/WIDTHxHEIGHT          [H, W] u8, by nearest neighbour
    nearest/INPUTxOUTPUT                      [OUTPUT] i32, the input position that each output position takes
"""

import io
import json
import os
import struct
import zlib
from importlib import metadata

import numpy as np
import PIL
from PIL import Image, features
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = os.path.join(HERE, "files")
IMAGES = os.path.join(HERE, "..", "images")
PHOTOGRAPHS = ["chelsea.jpg", "coffee.jpg", "rocket.jpg", "astronaut.png"]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(samples, depth, color, extra=b"", interlaced=False):
    """A PNG of [H, W, samples] unsigned integers, written bit by bit so that every kind can be made."""
    height, width, _ = samples.shape

    def rows(image):
        out = b""
        for row in image:
            if depth == 16:
                out += b"\0" + row.astype(">u2").tobytes()
            elif depth == 8:
                out += b"\0" + row.astype("u1").tobytes()
            else:
                bits = "".join(format(int(v), f"0{depth}b") for v in row.reshape(-1))
                bits += "0" * (-len(bits) % 8)
                out += b"\0" + bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
        return out

    if interlaced:
        raw = b"".join(
            rows(samples[y0::dy, x0::dx]) for x0, y0, dx, dy in ADAM7 if samples[y0::dy, x0::dx].size
        )
    else:
        raw = rows(samples)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b"")
    )


def write(name, data):
    with open(os.path.join(FILES, name), "wb") as file:
        file.write(data)


def make_files():
    os.makedirs(FILES, exist_ok=True)
    random = np.random.default_rng(7)
    gamma = chunk(b"gAMA", struct.pack(">I", 100000))
    for depth in (1, 2, 4, 8, 16):
        grey = random.integers(0, 1 << depth, (9, 11, 1))
        if depth == 16:
            grey[0, :6, 0] = [0, 1, 255, 256, 257, 65535]
        write(f"grey-{depth}.png", png(grey, depth, 0))
        write(f"grey-{depth}-interlaced.png", png(grey, depth, 0, interlaced=True))
    for depth in (8, 16):
        for color, count, name in ((2, 3, "rgb"), (4, 2, "grey-alpha"), (6, 4, "rgba")):
            pixels = random.integers(0, 1 << depth, (7, 10, count))
            write(f"{name}-{depth}.png", png(pixels, depth, color))
            write(f"{name}-{depth}-interlaced.png", png(pixels, depth, color, gamma, interlaced=True))
    for depth in (1, 2, 4, 8):
        entries = min(1 << depth, 200)
        palette = chunk(b"PLTE", random.integers(0, 256, 3 * entries).astype("u1").tobytes())
        pixels = random.integers(0, 1 << depth, (8, 13, 1))
        write(f"palette-{depth}.png", png(pixels, depth, 3, palette + chunk(b"tRNS", b"\0\x80")))
    pixels = random.integers(0, 256, (6, 6, 3))
    write("rgb-transparent-color.png", png(pixels, 8, 2, chunk(b"tRNS", bytes([0, 1, 0, 2, 0, 3]))))

    with Image.open(os.path.join(IMAGES, "coffee.jpg")) as photograph:
        small = photograph.convert("RGB").resize((45, 35))
    for name, sampling in (("420", 2), ("422", 1), ("444", 0)):
        small.save(os.path.join(FILES, f"ycc-{name}.jpg"), quality=80, subsampling=sampling)
    small.save(os.path.join(FILES, "progressive.jpg"), quality=70, progressive=True)
    small.save(os.path.join(FILES, "restarts.jpg"), quality=60, restart_marker_blocks=2)
    small.convert("L").save(os.path.join(FILES, "grey.jpg"), quality=80)
    small.save(os.path.join(FILES, "rgb.jpg"), quality=80, keep_rgb=True)
    small.convert("CMYK").save(os.path.join(FILES, "cmyk.jpg"), quality=80)
    tagged = Image.Exif()
    tagged[0x0112] = 6
    small.save(os.path.join(FILES, "rotated-by-exif.jpg"), quality=60, exif=tagged)

    # Bytes after the image, and a fill byte before a marker: both legal enough for Pillow.
    with open(os.path.join(FILES, "ycc-420.jpg"), "rb") as file:
        data = file.read()
    write("trailing-bytes.jpg", data + b"trailing")
    quantisation = data.index(b"\xff\xdb")
    write("fill-bytes.jpg", data[:quantisation] + b"\xff\xff" + data[quantisation:])
    # Corrupt entropy data: the decoder warns and goes on.
    scan = data.index(b"\xff\xda") + 14
    damaged = bytearray(data)
    for i in range(scan + 60, scan + 64):
        damaged[i] = 0x5A
    write("damaged-scan.jpg", bytes(damaged))


def make_broken():
    """Files that must be refused: Pillow refuses each of them too, but for the impossible segment length."""
    with open(os.path.join(FILES, "ycc-420.jpg"), "rb") as file:
        jpeg = file.read()
    with open(os.path.join(FILES, "rgb-8.png"), "rb") as file:
        image = file.read()
    frame = jpeg.index(b"\xff\xc0")
    broken = {
        "empty.jpg": b"",
        "text.png": b"not an image\n",
        "signature-only.png": image[:8],
        "truncated-half.jpg": jpeg[: len(jpeg) // 2],
        "truncated-header.jpg": jpeg[: frame + 6],
        "truncated-half.png": image[: len(image) // 2],
        "no-frame.jpg": b"\xff\xd8\xff\xfe\x00\x04ab\xff\xd9",
        "short-segment.jpg": b"\xff\xd8\xff\xe0\x00\x01" + jpeg[4:],
        "two-components.jpg": jpeg[: frame + 9] + b"\x02" + jpeg[frame + 10 :],
        "zero-width.jpg": jpeg[: frame + 7] + b"\0\0" + jpeg[frame + 9 :],
        "header-checksum.png": image[:20] + b"\xff" + image[21:],
        "bomb.png": png(np.zeros((1, 1, 1), int), 8, 0).replace(
            chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
            chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0)),
        ),
        # A chunk that claims a gibibyte.
        "long-exif.png": image[:33] + struct.pack(">I", 1 << 30) + b"eXIf" + b"II*\0" + image[33:],
    }
    folder = os.path.join(HERE, "broken")
    os.makedirs(folder, exist_ok=True)
    for name, data in broken.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
        try:
            with Image.open(io.BytesIO(data)) as opened:
                opened.convert("RGB")
        except (OSError, SyntaxError, Image.DecompressionBombError) as error:
            print(f"{name}: {error}")
        else:
            if name == "short-segment.jpg":
                continue
            raise SystemExit(f"Pillow opens {name}")


MASKS = [f"{kind}-{depth}{suffix}.png" for depth in (1, 2, 4, 8)
         for kind, suffix in (("grey", ""), ("grey", "-interlaced"), ("palette", ""))]


def make_broken_masks():
    """Files that are no masks: pictures, and what libpng must refuse however few rows are missing."""
    def source(name):
        with open(os.path.join(FILES, name), "rb") as file:
            return file.read()

    def edited(pixels, depth, color, header=None, body=None, extra=b""):
        height, width, _ = pixels.shape
        whole = png(pixels, depth, color, extra)
        if header:
            old = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
            whole = whole.replace(old, chunk(b"IHDR", struct.pack(">IIBBBBB", *header)))
        if body is not None:
            start = whole.index(b"IDAT") - 4
            whole = whole[:start] + chunk(b"IDAT", body) + chunk(b"IEND", b"")
        return whole

    labels = np.arange(64).reshape(8, 8, 1)
    interlaced = source("grey-8-interlaced.png")
    data = interlaced.index(b"IDAT") + 4
    size = struct.unpack(">I", interlaced[data - 8 : data - 4])[0]
    rows = zlib.decompress(interlaced[data : data + size])
    damaged = bytearray(interlaced)
    damaged[data + size // 2] ^= 0xFF
    palette = chunk(b"PLTE", bytes(range(30)))
    broken = {
        "picture-rgb.png": source("rgb-8.png"),
        "picture-rgba.png": source("rgba-8.png"),
        "picture-grey-alpha.png": source("grey-alpha-8.png"),
        "picture-16-bit.png": source("grey-16.png"),
        "picture.jpg": source("grey.jpg"),
        "empty.png": b"",
        "text.png": b"P5 8 8 255\n",
        "truncated-interlaced.png": interlaced[: data + size // 2],
        "short-interlaced.png": interlaced[: data - 8] + chunk(b"IDAT", zlib.compress(rows[:-7], 9)) + chunk(b"IEND", b""),
        "data-checksum.png": bytes(damaged),
        "no-palette.png": edited(labels, 8, 3),
        "palette-16-bit.png": edited(labels, 8, 3, header=(8, 8, 16, 3, 0, 0, 0), extra=palette),
        "one-row-short.png": edited(labels, 8, 0, body=zlib.compress(b"".join(b"\0" + bytes(8) for _ in range(7)), 9)),
        "not-deflate.png": edited(labels, 8, 0, body=b"class numbers"),
        "unknown-filter.png": edited(labels, 8, 0, body=zlib.compress(b"".join(b"\7" + bytes(8) for _ in range(8)), 9)),
        "no-data.png": png(labels, 8, 0)[:33] + chunk(b"IEND", b""),
        "bomb.png": edited(labels, 8, 3, header=(60000, 60000, 8, 3, 0, 0, 0), extra=palette),
        "long-edge.png": edited(labels, 8, 0, header=(1 << 21, 1, 8, 0, 0, 0, 0)),
        "zero-height.png": edited(labels, 8, 0, header=(8, 0, 8, 0, 0, 0, 0)),
    }
    folder = os.path.join(HERE, "broken-masks")
    os.makedirs(folder, exist_ok=True)
    for name, data in broken.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)


def stored(name):
    """The samples of a grey or palette file as they are stored; Pillow scales grey of 2 and 4 bits to 0…255."""
    with Image.open(os.path.join(FILES, name)) as image:
        values = np.asarray(image.convert("L") if image.mode == "1" else image).astype(int)
    depth = int(name.split("-")[1].split(".")[0])
    highest = 255 if name.startswith("grey") else (1 << depth) - 1
    return (values * ((1 << depth) - 1) // highest).astype("u1")


def labels(goldens):
    for name in MASKS:
        goldens["labels/" + name] = stored(name)
    for name in ("grey-8.png", "palette-8.png"):
        mask = Image.fromarray(stored(name))
        for width, height in ((1, 1), (5, 4), (11, 9), (12, 20), (40, 7), (97, 101)):
            resized = mask.resize((width, height), Image.Resampling.NEAREST)
            goldens[f"labels-resized/{name}/{width}x{height}"] = np.asarray(resized)
    # Photograph sizes down to network inputs and up again; uneven ratios are where roundings differ.
    for count, size in ((683, 512), (512, 683), (2048, 512), (333, 512), (500, 364), (960, 364), (7, 300), (1000, 3),
                        (641, 640), (640, 641), (1, 9), (4, 4), (359, 476), (1300, 1299), (6000, 518)):
        ramp = Image.fromarray(np.arange(count, dtype=np.int32).reshape(1, count))
        taken = np.asarray(ramp.resize((size, 1), Image.Resampling.NEAREST)).reshape(size)
        upright = Image.fromarray(np.arange(count, dtype=np.int32).reshape(count, 1))
        if not (np.asarray(upright.resize((1, size), Image.Resampling.NEAREST)).reshape(size) == taken).all():
            raise SystemExit("rows and columns differ")
        goldens[f"nearest/{count}x{size}"] = taken


def decoded(goldens):
    for name in sorted(os.listdir(FILES)):
        with Image.open(os.path.join(FILES, name)) as image:
            goldens["decoded/" + name] = np.asarray(image.convert("RGB"))
    for name in PHOTOGRAPHS:
        with Image.open(os.path.join(IMAGES, name)) as image:
            pixels = np.asarray(image.convert("RGB"))
        goldens["decoded-size/" + name] = np.array(pixels.shape[:2], dtype=np.int32)
        y, x = pixels.shape[0] // 2 - 12, pixels.shape[1] // 2 - 12
        goldens["decoded/" + name] = np.ascontiguousarray(pixels[y : y + 24, x : x + 24])


RESIZED = {
    "astronaut.png": [(32, 32), (56, 40), (160, 7), (9, 160)],
    "chelsea.jpg": [(37, 53), (1, 1), (2, 60)],
    "files/ycc-444.jpg": [(90, 70), (45, 61), (100, 35), (44, 34), (7, 200), (45, 35)],
    "files/grey-8.png": [(64, 33), (3, 2), (11, 1)],
}


def opened(name):
    folder = HERE if name.startswith("files/") else IMAGES
    with Image.open(os.path.join(folder, name)) as image:
        return image.convert("RGB")


def resized(goldens):
    filters = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
    for name, sizes in RESIZED.items():
        image = opened(name)
        for width, height in sizes:
            for label, kind in filters.items():
                goldens[f"resized/{name}/{width}x{height}/{label}"] = np.asarray(image.resize((width, height), kind))


def preprocessed(goldens, cases):
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")
    # PyPI's torchvision does not find its operators beside a torch of another build, and looks them up on import.
    foreign = metadata.version("torchvision").partition("+")[2] != metadata.version("torch").partition("+")[2]
    for operator in () if not foreign else ("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
                     "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"):
        library.define(operator)
    import torchvision
    from torchvision import transforms
    from torchvision.transforms import InterpolationMode

    modes = {"bilinear": InterpolationMode.BILINEAR, "bicubic": InterpolationMode.BICUBIC}
    images = ["chelsea.jpg", "rocket.jpg", "astronaut.png", "files/ycc-422.jpg", "files/palette-8.png"]
    for label, case in cases.items():
        resize = case["resize"]
        size = resize["shortestEdge"] if "shortestEdge" in resize else (resize["height"], resize["width"])
        steps = [transforms.Resize(size, modes[case["interpolation"]])]
        if case["crop"]:
            steps.append(transforms.CenterCrop(case["crop"]))
        steps += [transforms.ToTensor(), transforms.Normalize(case["mean"], case["std"])]
        transform = transforms.Compose(steps)
        for name in images:
            goldens[f"preprocessed/{name}/{label}"] = transform(opened(name)).numpy()
    return torchvision.__version__


IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
HALF = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
CASES = {
    "exact": {"resize": {"height": 28, "width": 28}, "crop": None, "interpolation": "bilinear", **HALF},
    "exact-crop": {"resize": {"height": 31, "width": 36}, "crop": [28, 21], "interpolation": "bicubic", **IMAGENET},
    "shortest-crop": {"resize": {"shortestEdge": 37}, "crop": [32, 32], "interpolation": "bicubic", **IMAGENET},
    "shortest-crop-odd": {"resize": {"shortestEdge": 35}, "crop": [28, 32], "interpolation": "bilinear", **IMAGENET},
    "shortest-alone": {"resize": {"shortestEdge": 23}, "crop": None, "interpolation": "bilinear", **HALF},
    "padded": {"resize": {"shortestEdge": 20}, "crop": [27, 40], "interpolation": "bilinear", **IMAGENET},
}


def main():
    make_files()
    make_broken()
    make_broken_masks()
    goldens = {}
    decoded(goldens)
    resized(goldens)
    labels(goldens)
    torchvision_version = preprocessed(goldens, CASES)
    goldens = {name: np.ascontiguousarray(value) for name, value in goldens.items()}
    versions = {
        "pillow": PIL.__version__,
        "libjpeg-turbo": features.version("libjpeg_turbo") or "none",
        "torchvision": torchvision_version,
        "numpy": np.__version__,
    }
    save_file(goldens, os.path.join(HERE, "goldens.safetensors"), metadata=versions)
    with open(os.path.join(HERE, "preprocessing.json"), "w") as file:
        json.dump(CASES, file, indent=1, sort_keys=True)
        file.write("\n")
    print(json.dumps(versions), len(goldens), "tensors")


if __name__ == "__main__":
    main()
