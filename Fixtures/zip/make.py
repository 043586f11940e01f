"""Writes zip archives as Python's zipfile does in its different ways. Standard library only. Last run with 3.11."""

import io
import pathlib
import zipfile

FOLDER = pathlib.Path(__file__).parent
WHEN = (2024, 1, 1, 0, 0, 0)


def info(name, method=zipfile.ZIP_STORED):
    entry = zipfile.ZipInfo(name, WHEN)
    entry.compress_type = method
    return entry


class Stream(io.RawIOBase):
    """A pipe: the writer cannot go back, so sizes and checksums follow the data."""

    def __init__(self):
        self.data = b""

    def writable(self):
        return True

    def write(self, part):
        self.data += bytes(part)
        return len(part)


NUMBERS = bytes(range(256)) * 40
TEXT = b"one line of text that repeats\n" * 400


def fill(archive, zip64):
    with archive.open(info("folder/stored"), "w", force_zip64=zip64) as member:
        member.write(NUMBERS)
    with archive.open(info("folder/deflated", zipfile.ZIP_DEFLATED), "w", force_zip64=zip64) as member:
        member.write(TEXT)
    archive.writestr(info("empty"), b"")
    archive.writestr(info("empty-deflated", zipfile.ZIP_DEFLATED), b"")
    archive.writestr(info("folder/"), b"")
    archive.writestr(info("größe.txt"), b"6")


for zip64 in (False, True):
    with zipfile.ZipFile(FOLDER / ("wide.zip" if zip64 else "plain.zip"), "w") as archive:
        fill(archive, zip64)
        archive.comment = b"a comment with PK\5\6 in it"
stream = Stream()
with zipfile.ZipFile(stream, "w") as archive:
    fill(archive, False)
(FOLDER / "streamed.zip").write_bytes(stream.data)
