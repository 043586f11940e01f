#!/usr/bin/env python3
"""One .npz file per rule of Formats/npz.md, each wrong in one thing. Run it in this folder."""
import io, zipfile


def npy(header, data, version=(1, 0), length=None):
    text = header.encode("latin1") if isinstance(header, str) else header
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    size = (len(text) if length is None else length).to_bytes(2 if version == (1, 0) else 4, "little")
    return b"\x93NUMPY" + bytes(version) + size + text + data


def save(name, member, content, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(name + ".npz", "w", method) as archive:
        for member, content in member if isinstance(member, list) else [(member, content)]:
            archive.writestr(zipfile.ZipInfo(member), content, compress_type=method)


def array(name, header, data=bytes(24), **kw):
    save(name, "x.npy", npy(header, data, **kw))


GOOD = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
save("valid", "x.npy", npy(GOOD, bytes(24)))
save("unexpected-member", "notes.txt", b"no array")
save("no-name", ".npy", npy(GOOD, bytes(24)))
save("not-an-array", "x.npy", b"PK\x03\x04 no array at all")
save("short", "x.npy", b"\x93NUM")
array("other-version", GOOD, version=(4, 0))
array("header-too-large", GOOD, version=(2, 0), length=1 << 30)
array("header-beyond-member", GOOD, length=4096)
array("not-a-dictionary", "['<f4', False, (2, 3)]")
array("call", "{'descr': '<f4', 'fortran_order': False, 'shape': tuple([2, 3]), }")
array("negative", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3), }")
array("leading-zero", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 03), }")
array("number-for-tuple", "{'descr': '<f4', 'fortran_order': False, 'shape': (6), }")
array("number-for-boolean", "{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3), }")
array("escape", "{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (2, 3), }")
array("after-the-dictionary", GOOD + " # a comment")
array("twice", "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }")
array("unknown-field", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'strides': (3, 1), }")
array("no-shape", "{'descr': '<f4', 'fortran_order': False, }")
array("no-descr", "{'fortran_order': False, 'shape': (2, 3), }")
array("no-order", "{'descr': '<f4', 'shape': (2, 3), }")
array("objects", "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b"\x80\x04cos\nsystem\n(S'true'\ntR.")
array("complex", "{'descr': '<c8', 'fortran_order': False, 'shape': (3,), }")
array("records", "{'descr': [('a', '<f4'), ('b', '<f4')], 'fortran_order': False, 'shape': (3,), }")
array("one-opaque-byte", "{'descr': '|V1', 'fortran_order': False, 'shape': (24,), }")
array("no-byte-order", "{'descr': '|f4', 'fortran_order': False, 'shape': (2, 3), }")
array("dimensions", "{'descr': '<f4', 'fortran_order': False, 'shape': (6, " + "1, " * 64 + "), }")
array("overflow", "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }")
array("overflow-with-zero", "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4294967296, 4294967296), }", b"")
array("huge-dimension", "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }")
array("too-few-bytes", GOOD, bytes(20))
array("too-many-bytes", GOOD, bytes(28))
bomb = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (25165824,), }", b"")
stream = io.BytesIO()
with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
    info = zipfile.ZipInfo("x.npy")
    info.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(info, "w") as member:
        member.write(bomb)
        for _ in range(96):
            member.write(bytes(1 << 20))
with open("bomb.npz", "wb") as f:
    f.write(stream.getvalue())
