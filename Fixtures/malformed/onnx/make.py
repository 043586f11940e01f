"""Writes one ONNX file per rule of Formats/onnx-subset.md that a file can break. Standard library only: the
reference library would refuse to write most of them."""

import pathlib
import struct

FOLDER = pathlib.Path(__file__).parent


def varint(value):
    value &= 2**64 - 1
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def data(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def fixed32(field, value):
    return varint(field << 3 | 5) + struct.pack("<f", value)


def model(*graph):
    return number(1, 8) + data(8, number(2, 17)) + data(7, b"".join(graph))


def tensor(*fields, name="w", dims=(1,), data_type=1):
    head = b"".join(number(1, dim) for dim in dims)
    head += b"" if data_type is None else number(2, data_type)
    head += b"" if name is None else data(8, name)
    return head + b"".join(fields)


def initializer(*fields, **options):
    return data(5, tensor(*fields, **options))


def node(*attributes, output="y", op="Constant"):
    return data(1, data(2, output) + data(4, op) + b"".join(data(5, a) for a in attributes))


def external(*pairs):
    return number(14, 1) + b"".join(data(13, data(1, key) + data(2, value)) for key, value in pairs)


RAW = data(9, bytes(4))
INT = number(3, 1) + number(20, 2)

FILES = {
    "truncated-varint": model() + b"\x08\x80",
    "truncated-fixed": model(node(data(1, "a") + b"\x15\0\0")),
    "long-varint": b"\x08" + b"\xff" * 10 + b"\x01" + model(),
    "field-zero": b"\x00\x00" + model(),
    "group": b"\x0b\x0c" + model(),
    "cut-off": model(initializer(data(9, bytes(400)), dims=[100]))[:200],
    "field-beyond-parent": model(data(5, tensor() + varint(9 << 3 | 2) + varint(4)), bytes([0x12, 0])),
    "wrong-wire-type": number(7, 1),
    "wrong-attribute-wire-type": model(node(data(1, "a") + data(3, "1"))),
    "wrong-data-wire-type": model(initializer(number(4, 1))),
    "no-graph": number(1, 8) + data(2, "exporter"),
    "empty": b"",
    "two-graphs": model() + data(7, b""),
    "two-raw-data": model(initializer(RAW, RAW)),
    "two-attribute-tensors": model(node(data(1, "value") + data(5, tensor(RAW)) + data(5, tensor(RAW)))),
    "invalid-message": model(data(11, data(1, "x") + data(2, b"\x0a\x05\x08"))),
    "invalid-utf8": model(node(output=b"\xff")),
    "combining-marks": model(node(output=("a" + "\u0301\u0316" * 16).encode())),
    "invalid-utf8-tensor": model(initializer(RAW, name=b"\xc0\x80")),
    "duplicate-metadata-key": model() + data(14, data(1, "k") + data(2, "1")) * 2,
    "duplicate-attribute": model(node(data(1, "a") + INT, data(1, "a") + INT)),
    "unknown-attribute-type": model(node(data(1, "a") + number(20, 15))),
    "unnamed-initializer": model(initializer(RAW, name=None)),
    "duplicate-initializer": model(initializer(RAW), initializer(RAW)),
    "constant-named-like-initializer": model(
        initializer(RAW), node(data(1, "value") + data(5, tensor(RAW)) + number(20, 4), output="w")),
    "missing-data-type": model(initializer(RAW, data_type=None)),
    "unknown-data-type": model(initializer(RAW, data_type=27)),
    "negative-dim": model(initializer(RAW, dims=[-1])),
    "shape-overflow": model(initializer(RAW, dims=[2**62, 2**62])),
    "segmented": model(initializer(RAW, data(3, number(1, 0) + number(2, 1)))),
    "missing-payload": model(initializer()),
    "raw-and-typed": model(initializer(RAW, fixed32(4, 1))),
    "two-typed": model(initializer(fixed32(4, 1), number(5, 1))),
    "raw-and-external": model(initializer(RAW, external(("location", "data.bin")))),
    "wrong-payload-field": model(initializer(number(7, 1))),
    "raw-size": model(initializer(RAW, dims=[2])),
    "packed-size": model(initializer(data(4, bytes(8)))),
    "typed-size": model(initializer(number(7, 1), dims=[2], data_type=7)),
    "value-range": model(initializer(number(5, 256), data_type=2)),
    "invalid-data-location": model(initializer(number(14, 2))),
    "external-no-location": model(initializer(external(("offset", "0")))),
    "external-absolute": model(initializer(external(("location", "/etc/hostname")))),
    "external-parent": model(initializer(external(("location", "sub/../../onnx/data.bin")))),
    "external-symlink": model(initializer(external(("location", "link.bin")))),
    "external-backslash": model(initializer(external(("location", "sub\\data.bin")))),
    "external-missing": model(initializer(external(("location", "absent.bin")))),
    "external-negative-offset": model(initializer(external(("location", "data.bin"), ("offset", "-4")))),
    "external-length": model(initializer(external(("location", "data.bin"), ("length", "8")))),
    "external-range": model(initializer(external(("location", "data.bin"), ("offset", "8")))),
    "external-offset-overflow": model(
        initializer(external(("location", "data.bin"), ("offset", str(2**63 - 2))))),
    "external-duplicate-key": model(
        initializer(external(("location", "data.bin"), ("location", "/etc/hostname")))),
}

for name, content in FILES.items():
    (FOLDER / f"{name}.onnx").write_bytes(content)
# What the external cases point at: eight bytes, and a link to a file outside the folder.
(FOLDER / "data.bin").write_bytes(bytes(8))
link = FOLDER / "link.bin"
link.unlink(missing_ok=True)
link.symlink_to("../safetensors/make.py")
