"""Writes one zip archive per rule of Formats/zip.md that a file can break. Standard library only. All of them are PyTorch
checkpoints otherwise, so that a tool that reads zip archives opens them; `../pytorch/make.py` tells what is inside."""

import io
import pathlib
import struct
import zipfile
import zlib

FOLDER = pathlib.Path(__file__).parent
WHEN = (2024, 1, 1, 0, 0, 0)
PICKLE = (
    b"\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n"
    b"X\x01\0\0\x000X\x03\0\0\0cpuK\x04tQK\0K\x04\x85K\x01\x85\x89}tRs."
)
DATA = struct.pack("<4f", 1, 2, 3, 4)
LOCAL, ENTRY, END = b"PK\3\4", b"PK\1\2", b"PK\5\6"


def member(name, content, method=0, **other):
    """What headers say of a member; `other` overrides, `entry_…` in the directory alone, `local_…` in the local header."""
    raw = content
    if method == 8:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        raw = packer.compress(content) + packer.flush()
    facts = dict(name=name if isinstance(name, bytes) else name.encode(), raw=raw, method=method, flags=0, disk=0,
                 crc=zlib.crc32(content), size=len(content), packed=len(raw), extra=b"", offset=None)  # fmt: skip
    facts.update({key: value for key, value in other.items() if not key.startswith(("entry_", "local_"))})
    facts["entry"] = facts | {key[6:]: value for key, value in other.items() if key.startswith("entry_")}
    facts["local"] = facts | {key[6:]: value for key, value in other.items() if key.startswith("local_")}
    return facts


def local(f):
    sizes = (min(f["packed"], 2**32 - 1), min(f["size"], 2**32 - 1))
    head = struct.pack("<4s5H3I2H", f.get("signature", LOCAL), 20, f["flags"], f["method"], 0, 33, f["crc"], *sizes, len(f["name"]), len(f["extra"]))
    return head + f["name"] + f["extra"] + f["raw"]


def entry(f, offset):
    offset = offset if f["offset"] is None else f["offset"]
    sizes = (min(f["packed"], 2**32 - 1), min(f["size"], 2**32 - 1))
    head = struct.pack("<4s6H3I5H2I", f.get("signature", ENTRY), 20, 20, f["flags"], f["method"], 0, 33, f["crc"], *sizes, len(f["name"]), len(f["extra"]), 0, f["disk"], 0, 0, offset)
    return head + f["name"] + f["extra"]


def end(count, size, start, disk=0, comment=b""):
    return struct.pack("<4s4H2IH", END, disk, disk, min(count, 65535), min(count, 65535), size, start, len(comment)) + comment


def end64(count, size, start, position, signature=b"PK\6\6"):
    record = struct.pack("<4sQ2H2I4Q", signature, 44, 45, 45, 0, 0, count, count, size, start)
    return record + struct.pack("<4sIQI", b"PK\6\7", 0, position, 1)


def pieces(*members):
    body, directory = b"", b""
    for f in members:
        directory += entry(f["entry"], len(body))
        body += local(f["local"])
    return body, directory


def write(file, *members, tail=None):
    body, directory = pieces(*members)
    tail = tail or (lambda count, size, start: end(count, size, start))
    (FOLDER / f"{file}.pth").write_bytes(body + directory + tail(len(members), len(directory), len(body)))


VALID = [member("w/data.pkl", PICKLE), member("w/data/0", DATA)]
GOOD = lambda: [dict(f) for f in VALID]
wide = struct.pack("<2HQ", 1, 8, 2**33)

# The end.
write("no-end", *VALID, tail=lambda count, size, start: end(count, size, start)[:-1])
write("several-disks", *VALID, tail=lambda count, size, start: end(count, size, start, disk=1))
write("on-another-disk", VALID[0], member("w/data/0", DATA, entry_disk=1))
write("directory-beyond-end", *VALID, tail=lambda count, size, start: end(count, size + 1, start))
write("too-many-members", *VALID, tail=lambda count, size, start: end64(2**40, size, start, start + size) + end(65535, size, start))
write("zip64-contradiction", *VALID, tail=lambda count, size, start: end64(count + 1, size, start, start + size) + end(count, size, start))
write("zip64-record-beyond", *VALID, tail=lambda count, size, start: end64(count, size, start, 2**40) + end(count, size, start))
write("zip64-signature", *VALID, tail=lambda count, size, start: end64(count, size, start, start + size, b"PK\6\0") + end(count, size, start))
write("zip64-several-disks", *VALID, tail=lambda count, size, start: end64(count, size, start, start + size)[:-4] + b"\2\0\0\0" + end(count, size, start))

# The directory.
write("entry-signature", VALID[0], member("w/data/0", DATA, entry_signature=b"PK\1\1"))
write("entry-cut", *VALID, tail=lambda count, size, start: end(count + 1, size, start))
write("entry-name-cut", *VALID, tail=lambda count, size, start: end(count, size - 1, start))
write("entries-left", *VALID, tail=lambda count, size, start: end(count - 1, size, start))
write("name-not-utf8", VALID[0], member(b"w/data/\xff", DATA))
write("name-combining-marks", VALID[0], member(("w/data/a" + "\u0301\u0316" * 16).encode(), DATA))
write("name-empty", VALID[0], member(b"", DATA))
write("name-zero-byte", VALID[0], member(b"w/data/0\0", DATA))
write("duplicate-name", *VALID, member("w/data/0", DATA))
write("zip64-no-field", VALID[0], member("w/data/0", DATA, size=2**32 - 1))
write("zip64-short-field", VALID[0], member("w/data/0", DATA, size=2**32 - 1, extra=struct.pack("<2HI", 1, 4, 16)))
write("zip64-size-overflow", VALID[0], member("w/data/0", DATA, size=2**32 - 1, extra=struct.pack("<2HQ", 1, 8, 2**63)))
write("encrypted", VALID[0], member("w/data/0", DATA, flags=1))
buffer = io.BytesIO()
with zipfile.ZipFile(buffer, "w") as archive:
    archive.writestr(zipfile.ZipInfo("w/data.pkl", WHEN), PICKLE, zipfile.ZIP_BZIP2)
    archive.writestr(zipfile.ZipInfo("w/data/0", WHEN), DATA)
(FOLDER / "bzip2.pth").write_bytes(buffer.getvalue())
write("stored-sizes", VALID[0], member("w/data/0", DATA, size=len(DATA) + 4))
write("too-large", VALID[0], member("w/data/0", DATA, method=8, size=2**33, extra=wide))
# 96 MiB of zeros in 98 KB, as a bomb really is; and members that are one together.
write("bomb", VALID[0], member("w/data/0", bytes(96 << 20), method=8))
write("bomb-together", VALID[0], *[member(f"w/data/{i}", DATA, method=8, size=60 << 20) for i in range(3)])

# Local headers.
write("local-beyond-directory", VALID[0], member("w/data/0", DATA, entry_offset=2**30))
write("local-signature", VALID[0], member("w/data/0", DATA, local_signature=b"PK\3\3"))
write("data-beyond-directory", VALID[0], member("w/data/0", DATA, size=17, packed=17))
write("other-name", VALID[0], member("w/data/0", DATA, local_name=b"w/data/1"))
write("other-method", VALID[0], member("w/data/0", DATA, local_method=8))
write("other-size", VALID[0], member("w/data/0", DATA, local_size=8))
write("other-checksum", VALID[0], member("w/data/0", DATA, local_crc=1))
write("other-encryption", VALID[0], member("w/data/0", DATA, local_flags=1))
inner = member("w/data/0", DATA)
outer = member("w/outer", local(inner["local"]))
body, directory = pieces(VALID[0], outer)
directory += entry(inner["entry"], len(body) - len(local(inner["local"])))
(FOLDER / "overlap.pth").write_bytes(body + directory + end(3, len(directory), len(body)))

# Two end records, one in the other's comment: readers disagree about which archive this is.
body, directory = pieces(*VALID)
hidden_body, hidden_directory = pieces(member("w/data.pkl", PICKLE.replace(b"K\x04\x85", b"K\x02\x85")), VALID[1])
first = body + directory
comment_start = len(first) + 22
shifted = b""
position = comment_start
hidden = [member("w/data.pkl", PICKLE.replace(b"K\0K\x04\x85", b"K\0K\x02\x85")), VALID[1]]
raw = b""
for f in hidden:
    shifted += entry(f["entry"], position + len(raw))
    raw += local(f["local"])
inside = raw + shifted + end(2, len(shifted), position + len(raw))
(FOLDER / "two-archives.pth").write_bytes(first + end(2, len(directory), len(body), comment=inside))

# Data.
write("wrong-checksum-stored", member("w/data.pkl", PICKLE, crc=1), VALID[1])
write("wrong-checksum-deflated", member("w/data.pkl", PICKLE, method=8, crc=1), VALID[1])
write("damaged-data", member("w/data.pkl", PICKLE, method=8, raw=b"\xff" * 40, packed=40), VALID[1])
write("more-than-declared", member("w/data.pkl", PICKLE + b"..", method=8, size=len(PICKLE)), VALID[1])
write("fewer-than-declared", member("w/data.pkl", PICKLE[:-2], method=8, size=len(PICKLE)), VALID[1])
