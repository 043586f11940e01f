"""The preload library: built once, told by the environment which call fails, read back by its shared page."""
import errno
import os
import shutil
import struct
import subprocess
import tempfile

# How a call fails: that one; it and every later one; the same, counted from the start of the process instead of the first touch.
ONCE, ON, FROM_START = "", " from then on", " from the start, from then on"
SIZE = 8 + 248 + 64 * 32
HERE = os.path.dirname(os.path.abspath(__file__))


def build(folder):
    """Compiles preload.c into `folder`; returns the library's path."""
    library = os.path.join(folder, "preload.so")
    # A Swift toolchain brings clang, and a machine may have no other compiler.
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("clang") or "clang"
    subprocess.run([compiler, "-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, os.path.join(HERE, "preload.c"), "-ldl"],
                   check=True)
    return library


class Page:
    """One run's environment, and what the library noted in it."""

    def __init__(self, library, root, call=None, number=0, reason=0, how=ONCE, signal=0, moment=0):
        handle, self.path = tempfile.mkstemp(prefix="faults-page-")
        os.write(handle, struct.pack("<I", how == FROM_START).ljust(SIZE, b"\0"))
        os.close(handle)
        self.environment = {"LD_PRELOAD": library, "FAULTS_ROOT": root, "FAULTS_PAGE": self.path}
        if call:
            self.environment.update(FAULTS_CALL=call, FAULTS_NTH=str(number), FAULTS_ERRNO=str(reason))
        if signal:
            self.environment.update(FAULTS_SIGNAL=str(int(signal)), FAULTS_MOMENT=str(moment))
        if how != ONCE:
            self.environment["FAULTS_ON"] = "1"
        if how == FROM_START:
            # So that the library starts threads on every machine.
            self.environment["OPENBLAS_NUM_THREADS"] = "2"

    def read(self):
        """(calls that failed, what the first was about, counts by name); the page is gone afterwards."""
        with open(self.path, "rb") as file:
            data = file.read()
        os.unlink(self.path)
        failed = struct.unpack_from("<I", data, 4)[0]
        about = data[8:256].split(b"\0")[0].decode(errors="replace")
        counts = {}
        for row in range(64):
            name, count = struct.unpack_from("<24sQ", data, 256 + 32 * row)
            if count:
                counts[name.rstrip(b"\0").decode()] = count
        return failed, about, counts


def reasons(call):
    """The errnos that a function may well give."""
    name = call.replace("64", "")
    table = {
        ("open", "openat", "fopen", "opendir", "fdopendir", "mkstemp", "fdopen"): "EMFILE EACCES EIO ENOMEM",
        ("read", "pread", "fread", "readdir", "access", "readlink"): "EIO",
        ("write", "pwrite", "fwrite", "fflush", "ftruncate", "fallocate", "fsync", "fdatasync"): "ENOSPC EIO",
        ("rename", "renameat", "renameat2", "link", "mkdir", "mkdirat"): "ENOSPC EACCES EIO",
        ("unlink", "unlinkat", "rmdir", "stat", "lstat", "fstat", "fstatat", "statx", "realpath", "fchmod"): "EACCES EIO",
        ("mmap", "malloc"): "ENOMEM",
        ("pthread_create",): "EAGAIN",
        ("flock",): "EIO ENOLCK",
        ("close",): "EIO",
    }
    for calls, names in table.items():
        if name in calls:
            return [getattr(errno, n) for n in names.split()]
    raise KeyError(call)
