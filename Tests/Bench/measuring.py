"""Measuring tools in turns: machines drift, so every round runs each entry once, and ratios are taken round by round."""
import dataclasses
import os
import statistics
import subprocess
import sys
import time
from typing import Callable, Optional

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Acceptance"))
from report import MEBIBYTE, peak_memory  # noqa: E402


class Unavailable(Exception):
    """What a machine, a build or a tool does not have: said, and left out."""


@dataclasses.dataclass
class Figure:
    """One measurement."""
    value: float
    # Largest resident size of the process, in bytes.
    peak: Optional[int] = None
    # Of what the products alone reach on this machine, in turns with it.
    limit: Optional[float] = None
    # Of the processor's multiply-adds between registers.
    registers: Optional[float] = None
    version: Optional[str] = None


@dataclasses.dataclass
class Entry:
    """One tool in one precision."""
    tool: str
    run: Callable[[], Figure]
    precision: str = "f32"
    batch: Optional[int] = None
    # What else tells it from others of the same tool and precision.
    variant: Optional[str] = None
    # The place on the axis of a plot.
    x: Optional[float] = None

    @property
    def name(self):
        parts = [self.tool, self.precision, self.batch and f"batch {self.batch}", self.variant]
        return ", ".join(part for part in parts if part) + ("" if self.x is None else f", {self.x:g}")


def run(*command, missing=(), errors=False):
    """Standard output of a command that must succeed, or its standard error; `Unavailable` when that holds one of `missing`."""
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode == 0:
        return result.stderr if errors else result.stdout
    line = " ".join(str(part) for part in command)
    last = (result.stderr.strip().splitlines() or ["no message"])[-1]
    for text in missing:
        if text in result.stderr:
            raise Unavailable(next(l for l in result.stderr.splitlines() if text in l)[:200])
    raise RuntimeError(f"`{line}` ended with {result.returncode}: {last[:600]}")


def timed(*command):
    """Seconds and largest resident size of a whole process, with those of the one that starts it."""
    start = time.monotonic()
    _, peak = peak_memory(*command)
    return time.monotonic() - start, peak


def measure(entries, rounds, unit):
    """Rows of the record, one per entry that could be measured in every round, and the names of those that failed."""
    figures = {id(entry): [] for entry in entries}
    left, failed = list(entries), []
    for number in range(rounds):
        for entry in list(left):
            try:
                figure = entry.run()
            except Unavailable as reason:
                print(f"  {entry.name}: not available: {reason}", flush=True)
                left.remove(entry)
                continue
            except Exception as error:  # the others are still worth their time
                print(f"  {entry.name}: FAILED: {type(error).__name__}: {error}", flush=True)
                left.remove(entry)
                failed.append(entry.name)
                continue
            figures[id(entry)].append(figure)
            print(f"  round {number + 1}: {entry.name}: {figure.value:.4g} {unit}", flush=True)
    return [row(entry, figures[id(entry)], twin(entry, left, figures), unit) for entry in left], failed


def twin(entry, entries, figures):
    """What mist measured in the same rounds in the same precision and place; of several batches or variants the best."""
    if entry.tool == "mist":
        return None
    own = [e for e in entries if e.tool == "mist" and (e.precision, e.x) == (entry.precision, entry.x)]
    same = [e for e in own if e.variant == entry.variant] or own
    return [figure.value for figure in figures[id(same[0])]] if same else None


def row(entry, figures, mist, unit):
    values = [figure.value for figure in figures]
    found = {"precision": entry.precision, "tool": entry.tool}
    found.update({key: value for key in ("batch", "variant", "x") if (value := getattr(entry, key)) is not None})
    middle = lambda name: statistics.median(v) if (v := [getattr(f, name) for f in figures if getattr(f, name) is not None]) else None
    found.update(unit=unit, median=statistics.median(values), min=min(values), max=max(values), values=values)
    peaks = [figure.peak for figure in figures if figure.peak]
    found["peak_mib"] = max(peaks) / MEBIBYTE if peaks else None
    found["fraction_of_limit"] = middle("limit")
    found["fraction_of_registers"] = middle("registers")
    if mist:
        # How many times as fast mist is, round by round.
        pairs = zip(mist, values) if unit != "s" else zip(values, mist)
        found["mist_is"] = statistics.median(a / b for a, b in pairs)
    if figures[0].version:
        found["version"] = figures[0].version
    return found


def table(rows):
    """The rows of one work as people read them."""
    lines = []
    for r in rows:
        name = ", ".join(str(part) for part in (
            r["tool"], r["precision"], r.get("batch") and f"batch {r['batch']}", r.get("variant"),
            r.get("x") is not None and f"{r['x']:g}") if part)
        memory = f"{r['peak_mib']:6.0f} MiB" if r["peak_mib"] else " " * 10
        notes = []
        if r["fraction_of_limit"]:
            notes.append(f"{100 * r['fraction_of_limit']:.0f} % of its products' own limit")
        if r["fraction_of_registers"]:
            notes.append(f"{100 * r['fraction_of_registers']:.0f} % of multiply-adds between registers")
        if "mist_is" in r:
            notes.append(f"mist is {r['mist_is']:.2f} x")
        spread = f"{r['median']:8.4g} {r['unit']:<9} ({r['min']:.4g} to {r['max']:.4g})"
        lines.append(f"  {name:<34} {spread:<36} {memory}   {', '.join(notes)}".rstrip())
    return "\n".join(lines)
