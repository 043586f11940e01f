"""Changed bytes: what a bad disk, a broken transfer or a hostile hand makes of a file."""
import re
import struct

# Lengths, counts and offsets at which arithmetic breaks.
NUMBERS = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**53, 2**63 - 1, 2**63, 2**64 - 1)


def flip(data, random):
    for _ in range(random.choice((1, 1, 2, 8))):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def truncate(data, random):
    del data[random.randrange(len(data)):]


def splice(data, random):
    start, length, at = random.randrange(len(data)), random.randrange(1, 65), random.randrange(len(data))
    piece = data[start:start + length]
    if random.random() < 0.5:
        data[at:at + length] = piece
    else:
        data[at:at] = piece


def delete(data, random):
    start = random.randrange(len(data))
    del data[start:start + random.randrange(1, 65)]


def zero(data, random):
    start = random.randrange(len(data))
    length = min(random.choice((1, 16, 512, 4096)), len(data) - start)
    data[start:start + length] = bytes(length)


def length(data, random):
    """A number of 2, 4 or 8 bytes, near the start or anywhere; little-endian, as most formats have it, or big."""
    form = random.choice(("<H", "<I", "<Q", ">I"))
    size = struct.calcsize(form)
    if len(data) >= size:
        at = random.randrange(min(len(data) - size + 1, random.choice((64, 1024, len(data)))))
        data[at:at + size] = struct.pack(form, random.choice(NUMBERS) & ((1 << 8 * size) - 1))


def number(data, random):
    """Another decimal number in text: JSON's headers, lists, tar's octal sizes."""
    found = list(re.finditer(rb"-?\d+(\.\d+)?(e-?\d+)?", data))
    if found:
        match = random.choice(found)
        text = random.choice((b"-1", b"0", b"1e999", b"0.5", *(str(n).encode() for n in NUMBERS)))
        # As long as the old one half of the time, so that what surrounds it stays in place.
        old = match.end() - match.start()
        data[match.start():match.end()] = text.rjust(old, b"0")[-old:] if random.random() < 0.5 else text


def word(data, random):
    """A quoted word becomes another of the file."""
    found = list(re.finditer(rb'"[^"\\]{1,80}"', data))
    if len(found) > 1:
        one, other = random.sample(found, 2)
        data[one.start():one.end()] = other.group()


MUTATORS = (flip, truncate, splice, delete, zero, length, number, word)


def mutate(original, random):
    """`original` after one to three changes; their names say what was done."""
    data, names = bytearray(original), []
    for _ in range(random.choice((1, 1, 2, 3))):
        if data:
            change = random.choice(MUTATORS)
            change(data, random)
            names.append(change.__name__)
    return bytes(data), "+".join(names)
