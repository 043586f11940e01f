#!/usr/bin/env python3
"""One folder per rule of Formats/sharded-checkpoint.md, each wrong in one thing. Run it in this folder."""
import json, os, struct

A, B = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"


def shard(path, *names):
    header = {n: {"dtype": "F32", "shape": [2], "data_offsets": [8 * i, 8 * i + 8]} for i, n in enumerate(names)}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + bytes(8 * len(names)))


def case(name, index, shards=((A, ("a", "b")), (B, ("c",)))):
    os.makedirs(name, exist_ok=True)
    for file, names in shards:
        shard(os.path.join(name, file), *names)
    with open(os.path.join(name, "model.safetensors.index.json"), "wb") as f:
        f.write(index if isinstance(index, bytes) else json.dumps(index, indent=2).encode() + b"\n")


MAP = {"a": A, "b": A, "c": B}
case("valid", {"metadata": {"total_size": 24, "more": [1, {"x": None}, "é"]}, "weight_map": MAP})
case("not-json", b"{'weight_map': {}}")
case("not-utf8", b'{"weight_map": {"\xff": "' + A.encode() + b'"}}')
case("trailing", json.dumps({"weight_map": MAP}).encode() + b"{}")
case("too-deep", b'{"metadata": ' + b"[" * 40 + b"]" * 40 + b', "weight_map": {}}')
case("number-for-file", {"weight_map": {**MAP, "c": 2}})
case("no-weight-map", {"metadata": {"total_size": 24}})
case("duplicate-tensor", json.dumps({"weight_map": MAP}).replace('"c":', '"a":').encode())
case("duplicate-map", json.dumps({"weight_map": MAP}).encode()[:-1] + b', "weight_map": {}}')
case("too-many-shards", {"weight_map": {f"t{i}": f"s{i}.safetensors" for i in range(5000)}}, ())
case("parent", {"weight_map": {**MAP, "c": "../" + B}})
case("absolute", {"weight_map": {**MAP, "c": "/etc/hostname"}})
case("subfolder", {"weight_map": {**MAP, "c": "sub/" + B}})
case("itself", {"weight_map": {**MAP, "c": "model.safetensors.index.json"}})
case("missing-shard", {"weight_map": MAP}, ((A, ("a", "b")),))
case("missing-tensor", {"weight_map": MAP}, ((A, ("a",)), (B, ("c",))))
case("other-shard", {"weight_map": {**MAP, "b": B}})
case("unlisted-tensor", {"weight_map": {"a": A, "c": B}})
case("total-size", {"metadata": {"total_size": 28}, "weight_map": MAP})
