"""Draws street scenes with masks, laid out as ADE20K is; Python's standard library only.

    python3 make.py OUT [--train 120] [--val 30] [--test 30] [--seed 0]

Writes OUT/classes.txt and, for training, validation and test, OUT/images/SPLIT/*.png (RGB, 240x180) and OUT/annotations/SPLIT/*.png
(class numbers from 1; 0 is "other": poles, hills, the bonnet of the camera's own car). Time of day, haze, colours, textures,
sizes and places vary, and cars, walls and signs share colours, so that a pixel's own colour does not tell its class. The same
seed draws the same files.
"""
import argparse
import math
import os
import random
import struct
import zlib

WIDTH, HEIGHT = 240, 180
TILE = 256
CLASSES = ("sky", "building", "road", "grass", "tree", "car", "person", "sign")
SKY, BUILDING, ROAD, GRASS, TREE, CAR, PERSON, SIGN = range(1, len(CLASSES) + 1)
OTHER = 0


def tile(seed, cell, grain):
    """A texture `[TILE, 2 · TILE]` of bytes around 128: smooth noise of `cell` pixels and white noise, `grain` of it."""
    source = random.Random(seed)
    count = TILE // cell
    grid = [[source.random() for _ in range(count)] for _ in range(count)]
    blend = [0.5 - 0.5 * math.cos(math.pi * i / cell) for i in range(cell)]
    rows = []
    for y in range(TILE):
        top, bottom = grid[y // cell % count], grid[(y // cell + 1) % count]
        v = blend[y % cell]
        knots = [a + (b - a) * v for a, b in zip(top, bottom)]
        row = bytearray()
        for x in range(TILE):
            a, b = knots[x // cell], knots[(x // cell + 1) % count]
            smooth = a + (b - a) * blend[x % cell]
            row.append(int(255 * ((1 - grain) * smooth + grain * source.random())))
        rows.append(bytes(row + row))
    return rows


TEXTURES = {"fine": tile(1, 2, 0.6), "leaves": tile(2, 4, 0.35), "clouds": tile(3, 32, 0.08), "patches": tile(4, 8, 0.4)}
TABLES = {}


def table(value, amplitude):
    """From a texture's byte to a sample that is `value` on average and varies by ± `amplitude`."""
    key = (int(value), int(amplitude))
    if key not in TABLES:
        TABLES[key] = bytes(min(255, max(0, round(key[0] + key[1] * (t - 128) / 128))) for t in range(256))
    return TABLES[key]


class Scene:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.pixels = [bytearray(3 * WIDTH) for _ in range(HEIGHT)]
        self.mask = [bytearray(WIDTH) for _ in range(HEIGHT)]
        # Morning, noon, dusk: brightness and tint of everything.
        self.light = self.random.uniform(0.55, 1.1)
        self.tint = [1 + self.random.uniform(-0.08, 0.08) for _ in range(3)]
        self.haze = self.random.uniform(0.0, 0.5)
        self.horizon = int(HEIGHT * self.random.uniform(0.38, 0.55))

    def color(self, rgb, distance=0.0, shade=1.0):
        """A surface's colour in this light, seen through haze; `distance` in 0…1."""
        veil = self.haze * distance
        return [
            min(255.0, (c * (1 - veil) + 190 * veil) * self.light * t * shade) for c, t in zip(rgb, self.tint)
        ]

    def fill(self, y, left, right, color, amplitude, texture, label):
        """Row `y` from `left` up to `right`, cut to the picture."""
        left, right = max(0, round(left)), min(WIDTH, round(right))
        if not 0 <= y < HEIGHT or left >= right:
            return
        x = (left + self.shift) % TILE
        noise = TEXTURES[texture][(y + self.shift * 7) % TILE][x : x + right - left]
        row = self.pixels[y]
        for channel in range(3):
            row[3 * left + channel : 3 * right : 3] = noise.translate(table(color[channel], amplitude))
        self.mask[y][left:right] = bytes([label]) * (right - left)

    def begin(self):
        """A new surface: its texture begins somewhere else."""
        self.shift = self.random.randrange(TILE)

    def ellipse(self, cx, cy, rx, ry, color, amplitude, texture, label, shading=0.0):
        """`shading`: how much darker the bottom is than the top."""
        for y in range(math.ceil(cy - ry), math.floor(cy + ry) + 1):
            half = rx * math.sqrt(max(0.0, 1 - ((y - cy) / ry) ** 2))
            shade = 1 - shading * (y - cy + ry) / (2 * ry)
            self.fill(y, cx - half, cx + half, [c * shade for c in color], amplitude, texture, label)

    def box(self, left, top, right, bottom, color, amplitude, texture, label, shading=0.0):
        for y in range(round(top), round(bottom)):
            shade = 1 - shading * (y - top) / max(1.0, bottom - top)
            self.fill(y, left, right, [c * shade for c in color], amplitude, texture, label)

    def sky(self):
        r = self.random
        self.begin()
        clear, low = r.choice([((96, 150, 225), (190, 210, 235)), ((165, 175, 185), (205, 208, 212)),
                               ((120, 110, 160), (240, 180, 130))])
        clouds = r.uniform(10, 55)
        for y in range(HEIGHT):
            t = min(1.0, y / (self.horizon + 1))
            color = self.color([a + (b - a) * t for a, b in zip(clear, low)])
            self.fill(y, 0, WIDTH, color, clouds, "clouds", SKY)

    def hills(self):
        r = self.random
        self.begin()
        tall, phase = r.uniform(4, 16), r.uniform(0, 6)
        for x in range(0, WIDTH, 2):
            top = self.horizon - tall * (1 + math.sin(x * 0.03 + phase) * 0.6)
            for y in range(round(top), self.horizon + 1):
                self.fill(y, x, x + 2, self.color((95, 110, 120), 0.9), 8, "fine", OTHER)

    def ground(self):
        r = self.random
        grass = r.choice([(82, 118, 52), (110, 122, 60), (140, 130, 78)])
        asphalt = r.choice([(96, 96, 100), (120, 116, 112), (78, 80, 88)])
        vanish = WIDTH * r.uniform(0.3, 0.7)
        near, shift = WIDTH * r.uniform(0.35, 0.6), WIDTH * r.uniform(-0.2, 0.2)
        self.vanish, self.near, self.bend = vanish, near, shift
        stripe = r.random() < 0.7
        self.begin()
        for y in range(self.horizon, HEIGHT):
            t = (y - self.horizon) / (HEIGHT - self.horizon)
            self.fill(y, 0, WIDTH, self.color(grass, 1 - t, 0.8 + 0.2 * t), 14 + 20 * t, "patches", GRASS)
        self.begin()
        for y in range(self.horizon, HEIGHT):
            t = (y - self.horizon) / (HEIGHT - self.horizon)
            left, right = self.road(y)
            self.fill(y, left, right, self.color(asphalt, 1 - t), 8 + 8 * t, "fine", ROAD)
            if stripe and int(6 / (t + 0.08)) % 2 == 0:
                middle, half = (left + right) / 2, 0.6 + 3 * t
                self.fill(y, middle - half, middle + half, self.color((215, 215, 205), 1 - t), 10, "fine", ROAD)

    def road(self, y):
        """The road's edges in row `y`."""
        t = (y - self.horizon) / (HEIGHT - self.horizon)
        middle = self.vanish + self.bend * t * t
        half = 3 + self.near * t
        return middle - half, middle + half

    def building(self, left, right, top, base):
        r = self.random
        wall = r.choice([(150, 90, 75), (175, 165, 150), (120, 125, 135), (200, 190, 170), (90, 95, 110), (170, 120, 60)])
        far = r.uniform(0.2, 0.8)
        self.begin()
        self.box(left, top, right, base, self.color(wall, far), 14, r.choice(["fine", "patches"]), BUILDING, 0.15)
        if r.random() < 0.4:
            self.box(left - 2, top - 4, right + 2, top, self.color((85, 65, 60), far), 10, "fine", BUILDING)
        step, pane = r.choice([(9, 4), (11, 6), (14, 8)])
        lit = self.light < 0.75
        for y in range(round(top) + 5, round(base) - 5, step):
            for x in range(round(left) + 4, round(right) - pane, step):
                glass = (230, 205, 120) if lit and r.random() < 0.4 else r.choice([(60, 70, 85), (110, 135, 160)])
                self.box(x, y, min(x + pane, right), min(y + pane + 2, base), self.color(glass, far), 12, "fine", BUILDING)

    def tree(self, x, base, size):
        r = self.random
        far = 1 - (base - self.horizon) / (HEIGHT - self.horizon)
        leaf = r.choice([(60, 105, 45), (85, 120, 40), (45, 85, 55), (150, 105, 40)])
        self.begin()
        self.box(x - size * 0.07, base - size * 0.55, x + size * 0.07, base, self.color((85, 62, 42), far), 16, "leaves", TREE)
        for _ in range(5):
            dx, dy = r.uniform(-0.25, 0.25) * size, r.uniform(-0.2, 0.2) * size
            radius = size * r.uniform(0.18, 0.3)
            self.begin()
            self.ellipse(x + dx, base - size * 0.72 + dy, radius, radius * 0.9,
                         self.color(leaf, far, r.uniform(0.75, 1.1)), 48, "leaves", TREE, 0.4)

    def car(self, x, base, size):
        r = self.random
        far = 1 - (base - self.horizon) / (HEIGHT - self.horizon)
        body = r.choice([(170, 30, 30), (30, 60, 140), (200, 200, 205), (40, 42, 48), (150, 150, 90), (60, 120, 70)])
        self.begin()
        tall, long = size * 0.5, size
        roof = base - tall
        for y in range(round(roof), round(base - tall * 0.5)):
            t = (y - roof) / (tall * 0.5)
            half = long * (0.22 + 0.1 * t)
            self.fill(y, x - half, x + half, self.color(body, far, 1.1), 8, "fine", CAR)
            if 0.25 < t < 0.9:
                self.fill(y, x - half * 0.85, x - half * 0.08, self.color((70, 85, 100), far), 14, "clouds", CAR)
                self.fill(y, x + half * 0.08, x + half * 0.85, self.color((70, 85, 100), far), 14, "clouds", CAR)
        self.box(x - long * 0.5, base - tall * 0.52, x + long * 0.5, base - tall * 0.12, self.color(body, far), 10, "fine", CAR, 0.35)
        for wheel in (-0.3, 0.3):
            self.ellipse(x + wheel * long, base - tall * 0.14, tall * 0.17, tall * 0.17, self.color((28, 28, 30), far), 10,
                         "fine", CAR)

    def person(self, x, base, size):
        r = self.random
        far = 1 - (base - self.horizon) / (HEIGHT - self.horizon)
        coat = r.choice([(170, 40, 40), (40, 60, 120), (60, 60, 60), (190, 170, 60), (200, 195, 190), (70, 110, 80)])
        legs = r.choice([(40, 45, 70), (60, 55, 50), (110, 100, 85)])
        self.begin()
        stride = r.uniform(0.04, 0.12) * size
        for side in (-1, 1):
            for y in range(round(base - size * 0.45), round(base)):
                t = (y - base + size * 0.45) / (size * 0.45)
                middle = x + side * (0.05 * size + stride * t)
                self.fill(y, middle - size * 0.05, middle + size * 0.05, self.color(legs, far), 10, "fine", PERSON)
        self.box(x - size * 0.14, base - size * 0.82, x + size * 0.14, base - size * 0.42, self.color(coat, far), 14, "patches",
                 PERSON, 0.25)
        skin = r.choice([(225, 180, 150), (150, 105, 80), (95, 65, 50)])
        self.ellipse(x, base - size * 0.91, size * 0.08, size * 0.1, self.color(skin, far), 8, "fine", PERSON)

    def sign(self, x, base, size):
        r = self.random
        far = 1 - (base - self.horizon) / (HEIGHT - self.horizon)
        rim, face = r.choice([((190, 30, 30), (235, 235, 230)), ((30, 70, 170), (40, 90, 190)), ((190, 30, 30), (200, 40, 40)),
                              ((40, 40, 40), (235, 190, 40))])
        self.begin()
        self.box(x - 1, base - size, x + 1, base, self.color((120, 120, 122), far), 8, "fine", OTHER)
        radius = size * 0.22
        top = base - size
        if r.random() < 0.5:
            self.ellipse(x, top, radius, radius, self.color(rim, far), 6, "fine", SIGN)
            self.ellipse(x, top, radius * 0.7, radius * 0.7, self.color(face, far), 6, "fine", SIGN)
        else:
            for y in range(round(top - radius), round(top + radius)):
                half = radius * (y - top + radius) / (2 * radius)
                self.fill(y, x - half, x + half, self.color(rim, far), 6, "fine", SIGN)
                self.fill(y, x - half * 0.6, x + half * 0.6, self.color(face, far), 6, "fine", SIGN)

    def bonnet(self):
        self.begin()
        color = self.color(self.random.choice([(40, 42, 48), (150, 30, 30), (190, 192, 196)]))
        tall = self.random.uniform(8, 18)
        for y in range(round(HEIGHT - tall), HEIGHT):
            half = WIDTH * 0.5 * math.sqrt(1 - ((HEIGHT - y) / (tall + 1)) ** 2)
            self.fill(y, WIDTH / 2 - half, WIDTH / 2 + half, color, 10, "clouds", OTHER)

    def draw(self):
        r = self.random
        self.sky()
        if r.random() < 0.5:
            self.hills()
        self.ground()
        x = r.uniform(-30, 20)
        while x < WIDTH:
            width = r.uniform(25, 70)
            road = self.road(self.horizon + 4)
            # Streets end in the open now and then.
            if r.random() < 0.75 and not (x < road[1] and x + width > road[0]):
                self.building(x, x + width, self.horizon - r.uniform(20, 75), self.horizon + r.uniform(3, 12))
            x += width + r.uniform(0, 18)
        things = []
        for kind, most in (("tree", 6), ("car", 4), ("person", 4), ("sign", 3)):
            for _ in range(r.randrange(most + 1)):
                t = r.uniform(0.06, 0.85) if kind != "car" else r.uniform(0.12, 0.8)
                things.append((t, kind, r.random()))
        for t, kind, place in sorted(things):
            base = self.horizon + t * (HEIGHT - self.horizon)
            left, right = self.road(round(base))
            beside = left - 8 - place * 90 if r.random() < 0.5 else right + 8 + place * 90
            if kind == "tree":
                self.tree(beside, base, 30 + 75 * t)
            elif kind == "car":
                self.car(left + (right - left) * (0.15 + 0.7 * place), base, 20 + 62 * t)
            elif kind == "person":
                self.person(beside if r.random() < 0.7 else left + (right - left) * place, base, 18 + 62 * t)
            else:
                self.sign(left - 6 if r.random() < 0.5 else right + 6, base, 24 + 62 * t)
        if r.random() < 0.4:
            self.bonnet()


def png(rows, color):
    """An 8-bit PNG file of the rows, grey (`color` 0) or RGB (2)."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, color, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--train", type=int, default=120)
    parser.add_argument("--val", type=int, default=30)
    parser.add_argument("--test", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    for split, count in (("training", arguments.train), ("validation", arguments.val), ("test", arguments.test)):
        for kind in ("images", "annotations") if count else ():
            os.makedirs(os.path.join(arguments.out, kind, split), exist_ok=True)
        for number in range(count):
            scene = Scene(f"{arguments.seed} {split} {number}")
            scene.draw()
            for kind, rows, color in (("images", scene.pixels, 2), ("annotations", scene.mask, 0)):
                path = os.path.join(arguments.out, kind, split, f"scene-{number:04d}.png")
                with open(path, "wb") as file:
                    file.write(png(rows, color))
    with open(os.path.join(arguments.out, "classes.txt"), "w") as file:
        file.write("".join(name + "\n" for name in CLASSES))


if __name__ == "__main__":
    main()
