"""Writes one tar archive per rule of Formats/tar.md that a file can break. Standard library only."""

import pathlib
import tarfile

FOLDER = pathlib.Path(__file__).parent
END = bytes(1024)


def header(name="a.jpg", size=0, kind=b"0", form=tarfile.USTAR_FORMAT, edit=None, sum_edit=None):
    """A header block; `edit(block)` before its checksum is made, `sum_edit(block)` after."""
    info = tarfile.TarInfo("n")
    info.size = size
    block = bytearray(info.tobuf(form))
    encoded = name if isinstance(name, bytes) else name.encode()
    block[0:100] = encoded[:100].ljust(100, b"\0")
    block[156:157] = kind
    if edit:
        edit(block)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    if sum_edit:
        sum_edit(block)
    return bytes(block)


def padded(data):
    return data + bytes(-len(data) % 512)


def member(name="a.jpg", data=b"pixels", **other):
    return header(name, len(data), **other) + padded(data)


def records(data, kind=b"x", **other):
    return header("records", len(data), kind=kind, **other) + padded(data)


def record(key, value):
    rest = f" {key}={value}\n".encode()
    length = len(rest)
    while len(str(length)) + len(rest) != length:
        length = len(str(length)) + len(rest)
    return str(length).encode() + rest


def put(start, value):
    def edit(block):
        block[start:start + len(value)] = value
    return edit


def save(name, data):
    (FOLDER / (name + ".tar")).write_bytes(data)


A = member()
save("valid", A + member("a.cls", b"0") + END)
save("too-short", b"tar")
save("not-an-archive", bytes(range(256)) * 8)
save("cut-between-members", A)
save("half-a-header", A + header()[:100])
save("half-an-end", A + bytes(512))
save("lone-zero-block", A + bytes(512) + member("b.jpg") + END)
save("after-the-end", A + END + member("b.jpg") + END)
save("endless-padding", A + END + bytes(1 << 20))
save("checksum", A + header("b.jpg", sum_edit=put(0, b"c")) + END)
save("checksum-not-a-number", A + header("b.jpg", sum_edit=put(148, b"what?")) + END)
save("before-posix", header(edit=put(257, bytes(8))) + END)
save("size-not-octal", header(edit=put(124, b"00000000009\0")) + END)
save("size-of-64-bits", header(edit=put(124, b"\x80\0\0\0" + b"\x80" + bytes(7))) + END)
save("size-negative", header(edit=put(124, b"\xff" * 12)) + END)
save("size-of-a-folder", header("folder", 512, kind=b"5") + bytes(512) + END)
save("beyond-the-end", header(size=6000) + END)
save("beyond-every-file", header(edit=put(124, b"\x80\0\0\0" + b"\x7f" + b"\xff" * 7)) + END)
save("padding-cut", A + header("b.jpg", 600) + bytes(600))
save("symbolic-link", A + header("b.jpg", kind=b"2", edit=put(157, b"/etc/passwd")) + END)
save("hard-link", A + header("b.jpg", kind=b"1", edit=put(157, b"a.jpg")) + END)
save("device", header("b.jpg", kind=b"3") + END)
save("sparse", header("b.jpg", kind=b"S", form=tarfile.GNU_FORMAT) + END)
save("sparse-by-records", records(record("GNU.sparse.major", 1)) + A + END)
save("unknown-type", header("b.jpg", kind=b"~") + END)
save("records-not-lines", records(b"path=b.jpg\n") + A + END)
save("record-too-long", records(b"99 path=b.jpg\n") + A + END)
save("record-without-key", records(b"8 =abcd\n") + A + END)
save("record-size-not-a-number", records(record("size", "6x")) + A + END)
save("record-size-too-large", records(record("size", 1 << 63)) + A + END)
save("record-twice", records(record("path", "b.jpg") + record("path", "c.jpg")) + A + END)
save("records-twice", records(record("path", "b.jpg")) + records(record("path", "c.jpg")) + A + END)
save("records-alone", A + records(record("path", "b.jpg")) + END)
save("path-for-all", records(record("path", "b.jpg"), kind=b"g") + A + END)
save("records-too-large", header("records", (1 << 20) + 1, kind=b"L", form=tarfile.GNU_FORMAT) + END)
save("records-cut", A + header("records", 4096, kind=b"L", form=tarfile.GNU_FORMAT) + END)
save("name-empty", header("") + END)
save("name-of-a-folder", member("folder/") + END)
save("name-not-utf8", member(b"\xff.jpg") + END)
save("name-combining-marks", member(("a" + "\u0301\u0316" * 16 + ".jpg").encode()) + END)
save("name-control-character", member("a\n.jpg") + END)
save("name-too-long", records(b"n" * 4097 + b"\0", kind=b"L", form=tarfile.GNU_FORMAT) + A + END)
save("duplicate-name", A + A + END)
