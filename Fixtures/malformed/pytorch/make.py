"""Writes one checkpoint per rule of Formats/pytorch-checkpoint.md that a file can break. Standard library only, opcode
by opcode: torch.save would refuse to write most of them. Nothing here is ever run: the hostile ones name functions that
would write to a file called `mist-was-run`."""

import pathlib
import pickle
import struct
import zipfile

FOLDER = pathlib.Path(__file__).parent
WHEN = (2024, 1, 1, 0, 0, 0)
PROTO, STOP = b"\x80\x02", b"."


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return b"X" + struct.pack("<I", len(value)) + value


def integer(value):
    if 0 <= value < 256:
        return b"K" + bytes([value])
    raw = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(raw)]) + raw


def name(module, attribute):
    return b"c" + module.encode() + b"\n" + attribute.encode() + b"\n"


def tuple_(*parts):
    return b"(" + b"".join(parts) + b"t"


def dictionary(*pairs):
    return b"}(" + b"".join(key + value for key, value in pairs) + b"u"


def call(module, attribute, *arguments):
    return name(module, attribute) + tuple_(*arguments) + b"R"


def storage(key="0", kind="FloatStorage", count=4, extra=(), module="torch"):
    return tuple_(text("storage"), name(module, kind), text(key), text("cpu"), integer(count), *extra) + b"Q"


HOOKS = call("collections", "OrderedDict")


def tensor(shape=(2, 2), strides=(2, 1), offset=0, of=None, extra=()):
    return call(
        "torch._utils", "_rebuild_tensor_v2", of or storage(), integer(offset), tuple_(*map(integer, shape)),
        tuple_(*map(integer, strides)), b"\x89", HOOKS, *extra,
    )  # fmt: skip


def pickled(value):
    return PROTO + value + STOP


def one(value):
    return pickled(dictionary((text("w"), value)))


VALID = one(tensor())
DATA = struct.pack("<4f", 1, 2, 3, 4)


def archive(file, data=VALID, storages=None, members=(), order=b"little", deflate=False):
    with zipfile.ZipFile(FOLDER / f"{file}.pth", "w") as target:
        def add(name, content, method=zipfile.ZIP_STORED):
            target.writestr(zipfile.ZipInfo("w/" + name, WHEN), content, method)

        add("data.pkl", data, zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED)
        if order is not None:
            add("byteorder", order)
        for key, content in ({"0": DATA} if storages is None else storages).items():
            add("data/" + key, content)
        for key, content in members:
            target.writestr(zipfile.ZipInfo(key, WHEN), content)


MAGIC = pickled(b"\x8a\x0a" + (0x1950A86A20F9469CFC6C).to_bytes(10, "little"))
FACTS = pickled(dictionary((text("protocol_version"), b"M\xe9\x03"), (text("little_endian"), b"\x88")))
LEGACY = one(tensor(of=storage(extra=(b"N",))))
KEYS = pickled(b"](" + text("0") + b"e")
COUNT = struct.pack("<Q", 4)


def legacy(file, magic=MAGIC, version=pickled(b"M\xe9\x03"), facts=FACTS, value=LEGACY, keys=KEYS, rest=COUNT + DATA):
    (FOLDER / f"{file}.pth").write_bytes(magic + version + facts + value + keys + rest)


# The pickle's own form.
archive("pickle-cut", VALID[:-1])
archive("pickle-long-text", PROTO + b"X\xff\xff\xff\xffw" + STOP)
archive("pickle-name-cut", PROTO + b"cos\nsys")
archive("unknown-opcode", pickled(b"\xff"))
archive("instance-opcode", pickled(b"(icollections\nOrderedDict\n"))
archive("buffer-opcode", pickled(b"\x97"))
archive("protocol-6", b"\x80\x06" + VALID[2:])
archive("invalid-text", one(tensor()).replace(text("w"), text(b"\xff")))
archive("combining-marks", one(tensor()).replace(text("w"), text(("w" + "\u0301\u0316" * 16).encode())))
archive("negative-length", pickled(b"\x8b" + struct.pack("<i", -1)))
archive("stack-underflow", pickled(b"K\1\x86"))
archive("mark-underflow", pickled(b"K\1(a"))
archive("missing-mark", pickled(b"K\1t"))
archive("memo-miss", pickled(b"h\7"))
archive("append-to-dictionary", pickled(b"}K\1a"))
archive("call-a-number", pickled(b"K\1)R"))
archive("dictionary-of-numbers", pickled(call("collections", "OrderedDict", b"](K\1K\2e")))
archive("odd-items", pickled(b"}(K\1u"))
archive("number-as-name", pickled(b"K\1K\2\x93"))
archive("long-name", pickled(name("m" * 1100, "x")))
archive("name-not-utf8", pickled(b"cm\xff\nx\n"))
archive("too-many-operations", pickled(b"N0" * 2_000_001 + b"N"), deflate=True)
archive("too-many-objects", pickled(b")0" * 1_000_001 + b"N"), deflate=True)
archive("stack-too-deep", pickled(b"N" * 500_001), deflate=True)
archive("too-many-marks", pickled(b"(" * 1001 + b"N"))

# What a hostile file does.
COMMAND = text("touch mist-was-run")
archive("os-system", one(call("os", "system", COMMAND)))
archive("posix-system", VALID[:-1] + call("posix", "system", COMMAND) + STOP)
archive("eval", one(call("builtins", "eval", text("open('mist-was-run', 'w')"))))
archive("python-2-exec", one(call("__builtin__", "execfile", text("mist-was-run"))))
archive("subprocess-by-stack", one(text("subprocess") + text("Popen") + b"\x93" + tuple_(COMMAND) + b"R"))
archive("system-through-torch", one(text("torch.serialization") + text("os.system") + b"\x93" + tuple_(COMMAND) + b"R"))
archive("forbidden-in-optimizer", pickled(dictionary((text("state_dict"), dictionary((text("w"), tensor()))), (text("optimizer"), call("runpy", "run_path", COMMAND)))))  # fmt: skip


class Exploit:
    def __reduce__(self):
        import os

        return os.system, ("touch mist-was-run",)


(FOLDER / "plain-pickle-system.pth").write_bytes(pickle.dumps({"w": Exploit()}, protocol=4))
legacy("legacy-system", value=one(call("posix", "system", COMMAND)))

# The layouts.
archive("two-pickles", members=[("other/data.pkl", VALID)])
(FOLDER / "plain-pickle.pth").write_bytes(pickle.dumps({"w": [1, 2, 3]}, protocol=2))
archive("torchscript", members=[("w/constants.pkl", pickled(b")")), ("w/code/__torch__.py", b"")])
archive("big-endian", order=b"big")
archive("byte-order", order=b"middle")
legacy("legacy-big-endian", facts=pickled(dictionary((text("little_endian"), b"\x89"))))
legacy("legacy-version", version=pickled(b"M\xea\x03"))
legacy("legacy-facts", facts=pickled(b"N"))
legacy("legacy-keys", keys=pickled(b"N"))
legacy("legacy-unknown-key", keys=pickled(b"](" + text("1") + b"e"))
legacy("legacy-key-twice", keys=pickled(b"](" + text("0") * 2 + b"e"), rest=(COUNT + DATA) * 2)
legacy("legacy-cut", rest=COUNT + DATA[:-1])
legacy("legacy-count", rest=struct.pack("<Q", 2**63) + DATA)
legacy("legacy-missing-storage", keys=pickled(b"]"), rest=b"")
legacy("legacy-trailing", rest=COUNT + DATA + b"\0")
legacy("legacy-storage-twice", value=pickled(dictionary((text("w"), tensor(of=storage(extra=(b"N",)))), (text("v"), tensor(of=storage(count=5, extra=(b"N",)))))))  # fmt: skip

# Storages.
archive("storage-not-a-tuple", pickled(text("0") + b"Q"))
archive("storage-class", one(tensor(of=storage(kind="FontStorage"))))
archive("storage-key", one(tensor(of=tuple_(text("storage"), name("torch", "FloatStorage"), b"N", text("cpu"), integer(4)) + b"Q")))
archive("storage-negative", one(tensor(of=storage(count=-4))))
archive("storage-overflow", one(tensor(of=storage(count=2**62))))
archive("storage-view", one(tensor(of=storage(extra=(tuple_(text("v"), integer(2), integer(3)),)))))
archive("storage-parts", one(tensor(of=tuple_(text("storage"), name("torch", "FloatStorage")) + b"Q")))
archive("missing-storage", storages={"1": DATA})
archive("storage-size", storages={"0": DATA[:-4]})

# Tensors.
archive("tensor-without-storage", one(tensor(of=text("0"))))
archive("tensor-negative-offset", one(tensor(offset=-1)))
archive("tensor-strides", one(tensor(strides=(1,))))
archive("tensor-negative-stride", one(tensor(strides=(-2, 1), offset=2)))
archive("tensor-negative-dimension", one(tensor(shape=(-2, 2))))
archive("tensor-dimensions", one(tensor(shape=(1,) * 65, strides=(1,) * 65)))
archive("parameter-without-tensor", one(call("torch._utils", "_rebuild_parameter", integer(1), b"\x88", HOOKS)))
archive("tensor-of-bytes", one(tensor(of=storage(kind="UntypedStorage", module="torch.storage", count=16))))
archive("tensor-without-type", one(call("torch._utils", "_rebuild_tensor_v3", storage(), integer(0))))
archive("subclass-without-parts", one(call("torch._tensor", "_rebuild_from_type_v2", integer(1))))
archive("tensor-beyond-storage", one(tensor(shape=(3, 2))))
archive("tensor-offset", one(tensor(offset=1)))
archive("tensor-offset-overflow", one(tensor(offset=2**63 - 1)))
archive("tensor-stride-overflow", one(tensor(strides=(2**62, 1), shape=(5, 1))))
archive("shape-overflow", one(tensor(shape=(2**40, 2**40), strides=(0, 0))))
archive("shape-overflow-empty", one(tensor(shape=(2**62, 4, 0), strides=(0, 0, 0))))
archive("expansion", one(tensor(shape=(2**30, 4), strides=(0, 1))))
archive("complex", one(tensor(shape=(2,), strides=(1,), of=storage(kind="ComplexFloatStorage", count=2))))
archive("sparse", one(call("torch._utils", "_rebuild_sparse_tensor", integer(0), tuple_())))
archive("unknown-type", one(call("torch._utils", "_rebuild_tensor_v3", storage(), integer(0), tuple_(integer(2)), tuple_(integer(1)), b"\x89", HOOKS, name("torch", "float4_e2m1fn_x2"))))  # fmt: skip
archive("negated", one(tensor(extra=(dictionary((text("neg"), b"\x88")),))))
archive("subclass", one(call("torch._tensor", "_rebuild_from_type_v2", name("my", "rebuild"), name("my", "Tensor"), tuple_(), b"N")))
archive("bytes-of-torch-save", one(call("torch.storage", "_load_from_bytes", text("..."))))

# What the pickle holds.
MODULE = name("torch.nn.modules.linear", "Linear") + b")\x81" + dictionary((text("_parameters"), dictionary((text("weight"), tensor())))) + b"b"
archive("whole-module", pickled(MODULE))
archive("module-inside", pickled(dictionary((text("model"), MODULE), (text("epoch"), integer(3)))))
archive("object-among-weights", pickled(dictionary((text("w"), tensor()), (text("extra"), MODULE))))
archive("object-made-of-tensors", one(call("my.tensors", "Wrapped", tensor())))
archive("no-tensors", pickled(dictionary((text("w"), integer(1)))))
archive("tuple-as-key", pickled(dictionary((tuple_(integer(1)), tensor()), (text("w"), tensor()))))
archive("long-key", pickled(dictionary((text("w" * 2000), tensor()))))
archive("duplicate-tensor", pickled(dictionary((text("a"), dictionary((text("b"), tensor()))), (text("a.b"), tensor()))))
archive("duplicate-key", pickled(dictionary((text("w"), tensor()), (text("w"), tensor()))))
archive("too-many-tensors", pickled(tensor() + b"q\0" + b"](" + b"h\0" * 131_073 + b"e"), deflate=True)
archive("too-many-entries", pickled(b"](" + tensor() + b"N" * 100_000 + b"eq\0](" + b"h\0" * 42 + b"e"), deflate=True)
archive("nested-lists", pickled(b"](" * 34 + tensor() + b"e" * 34))
archive("nested-lists-of-two", pickled(b"](" + tensor() + b"](" * 34 + tensor() + b"e" * 35))
archive("cycle", pickled(b"]q\0(h\0" + tensor() + b"e"))
