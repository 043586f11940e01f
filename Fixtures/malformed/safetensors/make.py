"""Writes one safetensors file per rule of Formats/safetensors.md that a file can break. Standard library only."""

import json
import pathlib
import struct

FOLDER = pathlib.Path(__file__).parent


def write(name, header, data=b"", length=None):
    header = header if isinstance(header, bytes) else header.encode()
    length = len(header) if length is None else length
    (FOLDER / f"{name}.safetensors").write_bytes(struct.pack("<Q", length) + header + data)


def entry(dtype="F32", shape=(1,), offsets=(0, 4)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def write_entries(name, entries, data):
    write(name, json.dumps(entries), data)


ONE = json.dumps(entry())
FOUR = bytes(4)

(FOLDER / "truncated.safetensors").write_bytes(b"\x10\0\0\0\0\0\0")
write("header-too-large", "{}", length=100_000_001)
write("header-beyond-file", "{}", length=3)
write("header-start", ' {"a":' + ONE + "}", FOUR)
write("invalid-utf8", b'{"a\xff":' + ONE.encode() + b"}", FOUR)
write("combining-marks", ('{"a' + "\u0301\u0316" * 16 + '":' + ONE + "}").encode(), FOUR)
write("invalid-json", '{"a":' + ONE + ',}', FOUR)
write("unterminated-string", '{"a":{"dtype":"F32}}', FOUR)
write("leading-zero", '{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}', FOUR)
write("control-character", '{"a\tb":' + ONE + "}", FOUR)
write("lone-surrogate", '{"\\ud800":' + ONE + "}", FOUR)
write("header-padding", '{"a":' + ONE + "}\n", FOUR)
write_entries("wrong-type", {"a": {"dtype": 5, "shape": [1], "data_offsets": [0, 4]}}, FOUR)
write_entries("nested-shape", {"a": {"dtype": "F32", "shape": [[1]], "data_offsets": [0, 4]}}, FOUR)
write("duplicate-key", '{"a":' + ONE + ',"a":' + ONE + "}", FOUR)
write("duplicate-key-escaped", '{"a":' + ONE + ',"\\u0061":' + ONE + "}", FOUR)
write("duplicate-key-equivalent", '{"\u00e9":' + ONE + ',"e\u0301":' + ONE + "}", FOUR)
write("duplicate-metadata", '{"__metadata__":{},"__metadata__":{},"a":' + ONE + "}", FOUR)
write("duplicate-field", '{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', FOUR)
write_entries("unknown-field", {"a": entry() | {"strides": [1]}}, FOUR)
write_entries("missing-field", {"a": {"dtype": "F32", "shape": [1]}}, FOUR)
write_entries("unknown-dtype", {"a": entry(dtype="F4")}, FOUR)
write_entries("negative-dimension", {"a": entry(shape=[-1])}, FOUR)
write_entries("fractional-dimension", {"a": entry(shape=[1.0])}, FOUR)
write_entries("huge-dimension", {"a": entry(shape=[2**63])}, FOUR)
write_entries("shape-overflow", {"a": entry(shape=[2**62, 4, 0], offsets=[0, 0])}, b"")
write_entries("invalid-offsets", {"a": entry(offsets=[4])}, FOUR)
write_entries("offsets-reversed", {"a": entry(offsets=[4, 0])}, FOUR)
write_entries("offsets-beyond-file", {"a": entry(offsets=[0, 4])}, b"\0\0")
write_entries("size-mismatch", {"a": entry(shape=[2])}, FOUR)
write_entries("overlap", {"a": entry(), "b": entry(offsets=[2, 6])}, bytes(6))
write_entries("gap", {"a": entry(), "b": entry(offsets=[8, 12])}, bytes(12))
write_entries("trailing-bytes", {"a": entry()}, bytes(5))
write_entries("metadata-not-object", {"__metadata__": "pt", "a": entry()}, FOUR)
write_entries("metadata-number", {"__metadata__": {"epoch": 3}, "a": entry()}, FOUR)
write("duplicate-metadata-key", '{"__metadata__":{"k":"1","k":"2"},"a":' + ONE + "}", FOUR)
