"""Images that carry an orientation, and what Pillow's `ImageOps.exif_transpose` makes of them.

    python make_orientation.py        # writes oriented/ and oriented.safetensors beside this script

Names in oriented.safetensors: `FILE`, [H, W, 3] u8, `exif_transpose(Image.open(FILE)).convert("RGB")`. Made with Pillow 13.0.0.
"""

import io
import os
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = os.path.join(HERE, "oriented")
TAG = 0x0112
PIXELS = np.random.default_rng(6).integers(0, 255, (4, 6, 3), dtype=np.uint8)
IMAGE = Image.fromarray(PIXELS)


def tiff(entries, order="<", count=None, offset=8):
    """A TIFF structure of one directory; an entry is (tag, type, count, value as bytes)."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    data = mark + struct.pack(order + "I", offset) + struct.pack(order + "H", len(entries) if count is None else count)
    for tag, kind, number, value in entries:
        data += struct.pack(order + "HHI", tag, kind, number) + value.ljust(4, b"\0")
    return data + bytes(4)


def short(value, order="<"):
    return (TAG, 3, 1, struct.pack(order + "H", value))


def segment(content):
    return b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content


def exif(data):
    return segment(b"Exif\0\0" + data)


def xmp(text):
    return segment(b"http://ns.adobe.com/xap/1.0/\0" + text.encode())


def jpeg(*segments):
    file = io.BytesIO()
    IMAGE.save(file, "JPEG", quality=95)
    data = file.getvalue()
    return data[:2] + b"".join(segments) + data[2:]


def png(data, behind=False):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + row.tobytes() for row in PIXELS)
    parts = [chunk(b"eXIf", data), chunk(b"IDAT", zlib.compress(rows, 9))]
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 6, 4, 8, 2, 0, 0, 0))
            + b"".join(reversed(parts) if behind else parts) + chunk(b"IEND", b""))


files = {}
for value in range(1, 9):
    files[f"little-{value}.jpg"] = jpeg(exif(tiff([short(value)])))
    files[f"big-{value}.jpg"] = jpeg(exif(tiff([(0x010F, 2, 4, b"abc"), short(value, ">")], ">")))
    files[f"exif-{value}.png"] = png(tiff([short(value)]))
files |= {
    "behind-pixels.png": png(tiff([short(6)]), behind=True),
    "as-byte.jpg": jpeg(exif(tiff([(TAG, 1, 1, b"\6")]))),
    "as-long.jpg": jpeg(exif(tiff([(TAG, 4, 1, struct.pack("<I", 8))]))),
    "zero.jpg": jpeg(exif(tiff([short(0)]))),
    "nine.jpg": jpeg(exif(tiff([short(9)]))),
    "two-values.jpg": jpeg(exif(tiff([(TAG, 3, 2, struct.pack("<2H", 6, 1))]))),
    "values-elsewhere.jpg": jpeg(exif(tiff([(TAG, 4, 2, struct.pack("<I", 26))]) + struct.pack("<2I", 8, 1))),
    "no-values.jpg": jpeg(exif(tiff([(TAG, 3, 0, b"")]))),
    "twice.jpg": jpeg(exif(tiff([short(3), short(6)]))),
    "no-tag.jpg": jpeg(exif(tiff([(0x010F, 2, 4, b"abc")]))),
    "xmp-attribute.jpg": jpeg(xmp('<rdf:Description tiff:Orientation="6"/>')),
    "xmp-element.jpg": jpeg(xmp("<tiff:Orientation>8</tiff:Orientation>")),
    "exif-before-xmp.jpg": jpeg(xmp('<rdf:Description tiff:Orientation="6"/>'), exif(tiff([short(1)]))),
    "xmp-where-exif-is-silent.jpg": jpeg(exif(tiff([(0x010F, 2, 4, b"abc")])), xmp('<x tiff:Orientation="3"/>')),
    # Directories that claim more than there is.
    "many-entries.jpg": jpeg(exif(tiff([short(6)], count=65535)[:-4])),
    "no-entries.jpg": jpeg(exif(tiff([], count=65535)[:-4])),
}
# What Pillow fails at is an upright image here.
BROKEN = {
    "directory-outside.jpg": jpeg(exif(tiff([short(6)], offset=0xFFFFFFF0))),
    "not-tiff.jpg": jpeg(exif(b"TIFF" + bytes(20))),
    "cut-header.jpg": jpeg(exif(b"II*")),
    "empty.jpg": jpeg(exif(b"")),
    "cut.png": png(b"MM\0*\0\0"),
}

os.makedirs(FILES, exist_ok=True)
goldens = {}
for name, data in (files | BROKEN).items():
    path = os.path.join(FILES, name)
    with open(path, "wb") as file:
        file.write(data)
    image = Image.open(path) if name in BROKEN else ImageOps.exif_transpose(Image.open(path))
    goldens[name] = np.ascontiguousarray(np.asarray(image.convert("RGB")))
save_file(goldens, os.path.join(HERE, "oriented.safetensors"))
print(len(goldens), "images,", sum(g.shape[0] == 6 for g in goldens.values()), "with their sides exchanged")
