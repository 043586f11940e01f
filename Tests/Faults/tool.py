"""One run of a tool: how it ended, what it printed, and what lies in its output folder afterwards."""
import hashlib
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile

# What differs from run to run without being a result: times, rates, memory, and how wide they make their column.
MEASURED = re.compile(
    r"\d+ min \d+ s|[\d.]+ (ns|µs|ms|s|min|(images|samples|views)/s)\b|, peak memory [\d.]+ \w+| \([\d.]+ \w+ without mapped features\)")
ALLOWED = (0, 64, 65, 66, 74)


def listing(folder):
    """Every entry below a folder: its bytes' hash, or 'folder'."""
    found = {}
    for place, folders, files in os.walk(folder):
        for name in folders:
            found[os.path.relpath(os.path.join(place, name), folder)] = "folder"
        for name in files:
            path = os.path.join(place, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()
    return found


class Outcome:
    """Status (negative: the signal; None: it hung), output, errors, and CPU seconds and peak bytes where they were measured."""

    def __init__(self, status, output, errors, usage=None):
        self.status, self.output, self.errors = status, output, errors
        self.seconds = usage and usage.ru_utime + usage.ru_stime
        self.memory = usage and usage.ru_maxrss * 1024

    def ending(self):
        """What is wrong with how it ended, or None."""
        if self.status is None:
            return "hung"
        if self.status < 0:
            return f"died of {signal.Signals(-self.status).name}"
        if self.status not in ALLOWED:
            return f"status {self.status}"
        says = "error[" in self.errors or "Error:" in self.errors or "first divergence: " in self.output
        if self.status and not says:
            return f"status {self.status} without a sentence"
        if "error[bug]" in self.errors:
            return "says that it is a bug"
        return None


def run(command, environment=None, timeout=30, folder=None):
    """Runs a command to its end, or kills it after `timeout` seconds."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            command, stdout=out, stderr=err, stdin=subprocess.DEVNULL, cwd=folder,
            env={**os.environ, **(environment or {})})
        usage = None
        try:
            status, usage = waited(process, timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            status = None
        out.seek(0)
        err.seek(0)
        return Outcome(status, out.read().decode(errors="replace"), err.read().decode(errors="replace"), usage)


def waited(process, timeout):
    """The exit status and the resources used; a signal is negative."""
    handle = os.pidfd_open(process.pid)
    try:
        if not select.select([handle], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(process.args, timeout)
    finally:
        os.close(handle)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage


def results(outcome, folder):
    """What a run gave: its output without what is measured, and its files."""
    return " ".join(MEASURED.sub("", outcome.output.replace(folder, "OUT")).split()), listing(folder)


class Folder:
    """A folder of its own for one run, removed afterwards."""

    def __init__(self, root):
        self.path = tempfile.mkdtemp(prefix="run-", dir=root)

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)
