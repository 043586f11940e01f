"""The acceptance table: one row per promise, with what was asked, what was measured, and a verdict."""
import json
import os
import subprocess
import sys
import tempfile
import time

ROWS = []
MEBIBYTE = 2**20


class Skip(Exception):
    """A check whose data or peer is not on this machine."""


def run(*command, status=0):
    """Runs a tool; returns (standard output, standard error, seconds). Another exit status than asked is an error."""
    start = time.monotonic()
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if status is not None and result.returncode != status:
        line = " ".join(str(part) for part in command)
        raise AssertionError(f"`{line}` ended with {result.returncode}, not {status}: {result.stderr[-600:]}")
    return result.stdout, result.stderr, time.monotonic() - start


def run_json(*command, status=0):
    return json.loads(run(*command, "--json", status=status)[0])


# Linux counts what the parent holds when a child is started as the child's own, so a small process of its own starts it.
MEASURE = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
with open(sys.argv[1], "w") as file:
    file.write(str(usage.ru_maxrss * 1024))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def peak_memory(*command):
    """Runs a tool; returns its standard output and its largest resident size in bytes."""
    with tempfile.NamedTemporaryFile("r") as peak:
        output, _, _ = run(sys.executable, "-S", "-E", "-c", MEASURE, peak.name, *command)
        return output, int(peak.read())


def row(name, target, measured, passed):
    verdict = "ok" if passed else "FAILED"
    measured = " ".join(str(measured).split())
    if len(measured) > 200:
        measured = measured[:80] + " ... " + measured[-115:]
    ROWS.append((name, target, measured, verdict))
    print(f"{verdict:<8} {name}: {measured} (target: {target})", flush=True)


def skip(name, reason):
    ROWS.append((name, "", reason, "skipped"))
    print(f"skipped  {name}: {reason}", flush=True)


def check(function, *arguments):
    """Runs one group of checks; a failure inside is a row, not the end."""
    name = function.__doc__.splitlines()[0].rstrip(".")
    print(f"\n-- {name}", flush=True)
    try:
        function(*arguments)
    except Skip as reason:
        skip(name, str(reason))
    except Exception as error:  # the table must show every failure
        row(name, "runs", f"{type(error).__name__}: {error}", False)


def aligned(header, rows):
    """Prints a table."""
    widths = [max(len(str(cell)) for cell in column) for column in zip(header, *rows, strict=True)]
    for one in [header, *rows]:
        print("  ".join(str(cell).ljust(width) for cell, width in zip(one, widths, strict=True)).rstrip())


def finish():
    """Prints the table; the process's exit status says whether anything failed."""
    print("\n== acceptance")
    aligned(("check", "target", "measured", "verdict"), ROWS)
    counts = {v: sum(r[3] == v for r in ROWS) for v in ("ok", "FAILED", "skipped")}
    print(f"\n{counts['ok']} passed, {counts['FAILED']} failed, {counts['skipped']} skipped")
    sys.exit(1 if counts["FAILED"] else 0)
