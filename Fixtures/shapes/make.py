"""Draws an image set with known factors, as a class-per-folder tree; Python's standard library only.

    python3 make.py OUT [--task position|shape] [--train 800] [--val 200] [--test 1000] [--seed 0]

Each image is 64x64: a white square, ellipse or arrow on black, of random size, rotation and place. The class is the horizontal
place of the shape's centre in 16 bins (`position`), or the shape (`shape`). Position is the kind of structured task on which
a linear probe of a pretrained backbone is weak and an edge network on intermediate features is strong.
"""
import argparse
import math
import os
import random
import struct
import zlib

SIZE = 64
BINS = 16
LOW, HIGH = 12.0, 52.0
SHAPES = ("square", "ellipse", "arrow")


def distance(shape, x, y):
    """Roughly the signed distance to the outline of the unit shape; negative inside."""
    if shape == "square":
        return max(abs(x), abs(y)) - 0.8
    if shape == "ellipse":
        return (math.hypot(x, y / 0.55) - 1.0) * 0.55
    shaft = max(abs(y) - 0.22, x - 0.1, -1.0 - x)
    tip = max(-(x - 0.05), abs(y) - (1.0 - x) * 0.75)
    return min(shaft, tip)


def draw(shape, cx, cy, radius, angle):
    """Rows of grey values, antialiased over one pixel."""
    rows = [bytearray(SIZE) for _ in range(SIZE)]
    cos, sin = math.cos(angle) / radius, math.sin(angle) / radius
    reach = radius * 1.3 + 1
    for j in range(max(0, int(cy - reach)), min(SIZE, int(cy + reach) + 2)):
        for i in range(max(0, int(cx - reach)), min(SIZE, int(cx + reach) + 2)):
            dx, dy = i + 0.5 - cx, j + 0.5 - cy
            d = distance(shape, dx * cos + dy * sin, dy * cos - dx * sin) * radius
            rows[j][i] = round(255 * min(1.0, max(0.0, 0.5 - d)))
    return rows


def png(rows):
    """An 8-bit greyscale PNG file."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--task", choices=("position", "shape"), default="position")
    parser.add_argument("--train", type=int, default=800)
    parser.add_argument("--val", type=int, default=200)
    parser.add_argument("--test", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    generator = random.Random(arguments.seed)
    for split in ("train", "val", "test"):
        for number in range(getattr(arguments, split)):
            # Classes in turn, so that every split is balanced.
            place, shape = number % BINS, SHAPES[number % len(SHAPES)]
            if arguments.task == "position":
                shape = generator.choice(SHAPES)
            else:
                place = generator.randrange(BINS)
            cx = LOW + (place + generator.random()) * (HIGH - LOW) / BINS
            cy = generator.uniform(LOW, HIGH)
            rows = draw(shape, cx, cy, generator.uniform(6, 12), generator.uniform(0, 2 * math.pi))
            label = f"x{place:02d}" if arguments.task == "position" else shape
            folder = os.path.join(arguments.out, split, label)
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, f"{number:05d}.png"), "wb") as file:
                file.write(png(rows))


if __name__ == "__main__":
    main()
