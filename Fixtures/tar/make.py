"""Writes tar archives as Python's tarfile does in its three formats, and what it reads in them. Standard library only. Last run
with 3.11."""

import io
import json
import pathlib
import tarfile

FOLDER = pathlib.Path(__file__).parent
# Names of more than 100 bytes (ustar splits them at a slash), of more than a block (not ustar), and beyond ASCII.
NAMES = ["a.txt", "./b.txt", "folder/c.txt", "é/ü.txt", "long/" * 24 + "d.txt", "/absolute/e.txt", "../up/f.txt"]
LONG = ["x" * 700 + ".txt", "deep/" * 300 + "g.txt"]


def write(name, form, names, pax_headers=None):
    with tarfile.open(FOLDER / name, "w", format=form, pax_headers=pax_headers) as archive:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for number, member in enumerate(names):
            data = bytes((number + i) % 251 for i in range([0, 1, 511, 512, 513, 1024, 3000][number % 7]))
            info = tarfile.TarInfo(member)
            info.size, info.mtime = len(data), 1_700_000_000 + number
            if form == tarfile.PAX_FORMAT:
                info.mtime += 0.5  # Needs a record.
            archive.addfile(info, io.BytesIO(data))


def numbers(name, member, size):
    """A size in binary, as GNU tar writes those beyond eight gibibytes."""
    info = tarfile.TarInfo(member)
    info.size = size
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[124:136] = b"\x80" + size.to_bytes(11, "big")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    data = bytes(size) + bytes(-size % 512)
    (FOLDER / name).write_bytes(bytes(block) + data + bytes(1024))


write("gnu.tar", tarfile.GNU_FORMAT, NAMES + LONG)
write("pax.tar", tarfile.PAX_FORMAT, NAMES + LONG, pax_headers={"comment": "written by make.py"})
write("ustar.tar", tarfile.USTAR_FORMAT, NAMES)
numbers("binary-size.tar", "big.txt", 700)

listing = {}
for path in sorted(FOLDER.glob("*.tar")):
    with tarfile.open(path) as archive:
        listing[path.name] = [
            {"name": m.name, "offset": m.offset_data, "size": m.size} for m in archive.getmembers() if m.isreg()
        ]
(FOLDER / "members.json").write_text(json.dumps(listing, indent=1, ensure_ascii=False) + "\n")
