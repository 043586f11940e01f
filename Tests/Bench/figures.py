#!/usr/bin/env python3
"""Draws README's figures from what `./dev bench --json Fixtures/figures/bench.json` recorded: every part between a line
`<!-- figures: NAME -->` and the next `<!-- end of figures -->`, and Fixtures/figures/growth.svg.

  python3 Tests/Bench/figures.py            # writes them
  python3 Tests/Bench/figures.py --check    # fails where README or the plot is not what the record gives
  python3 Tests/Bench/figures.py --print    # prints every part, also of a trial

Works that were recorded on a busy machine are a trial, and left out.
"""
import argparse
import json
import os
import re
import sys

sys.dont_write_bytecode = True
import plot  # noqa: E402
from record import QUIET  # noqa: E402
from works import WORKS  # noqa: E402

REPOSITORY = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
RECORD = "Fixtures/figures/bench.json"
PLOT = "Fixtures/figures/growth.svg"
BEGIN, END = r"<!-- figures: (\w+) -->\n", "<!-- end of figures -->"
NOTHING = "(Not recorded on a quiet machine yet.)\n"
TOOLS = {"onnxruntime": "ONNX Runtime", "openvino": "OpenVINO", "pytorch": "PyTorch"}
# Axes of the plot: work, title, words of the axis, whether it is logarithmic.
AXES = [
    ("growth-size", "images/s, DINOv2 S/14", "side of the image in pixels", False),
    ("growth-threads", "images/s, 224 × 224", "threads", False),
    ("growth-depth", "images/s, 224 × 224", "depth k of the gather", False),
    ("growth-images", "extract: seconds per image", "images", True),
    ("growth-classes", "training: samples/s", "classes", True),
]


def value(number):
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"


def memory(row):
    return f"{row['peak_mib']:.0f} MiB" if row.get("peak_mib") else ""


def label(row):
    return ", ".join(str(part) for part in (row.get("batch") and f"batch {row['batch']}", row.get("variant")) if part)


def machine(record):
    """One paragraph: what the figures were measured on."""
    if not record["works"]:
        return NOTHING
    m, works = record["machine"], record["works"].values()
    peaks = [f"{p['precision']} {p['gigaflops']:.0f}" if p.get("gigaflops") else f"{p['precision']} absent" for p in m["peaks"]]
    dates = sorted({work["date"] for work in works})
    days = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    hours = sum(work["took_seconds"] for work in works) / 3600
    peers = ", ".join(f"{title} {m[name]}" for name, title in
                      (("onnxruntime", "ONNX Runtime"), ("openvino", "OpenVINO"), ("torch", "PyTorch")) if name in m)
    return (
        f"{m.get('processor') or 'A machine'}, {m['threads']} threads, Linux {m['kernel']}; {peers}; {days}, {hours:.1f} hours. "
        f"Its limits in this run: multiply-adds between registers {', '.join(peaks)} GFLOP/s; memory read at "
        f"{m['readGigabytesPerSecond']:.1f} and copied at {m['copyGigabytesPerSecond']:.1f} GB/s.\n")


def recorded(record):
    """The works of the record and what it says of each, in the order in which they run."""
    order = list(WORKS)
    return sorted(record["works"].items(), key=lambda item: order.index(item[0]))


def gathers(record):
    """A row per model and precision: mist, what bounds it, and every batch of every peer."""
    if not any(work.endswith("-gather") for work in record["works"]):
        return NOTHING
    lines = [
        "| images/s | mist | of its products alone | of registers | peak | ONNX Runtime | OpenVINO | PyTorch |",
        "|---|---|---|---|---|---|---|---|"]
    for work, about in recorded(record):
        rows = [row for row in record["results"] if row["work"] == work]
        if not work.endswith("-gather"):
            continue
        for precision in ("f32", "bf16", "int8"):
            found = [row for row in rows if row["precision"] == precision]
            if found:
                lines.append(gather_line(f"{about['title'].split(',')[0]}, {precision}", found))
    return "\n".join(lines) + "\n"


def percent(fraction):
    return f"{100 * fraction:.0f} %" if fraction else ""


def gather_line(name, rows):
    own = next((row for row in rows if row["tool"] == "mist"), None)
    cells = [value(own["median"]), percent(own["fraction_of_limit"]), percent(own["fraction_of_registers"]), memory(own)] if own else ["not available", "", "", ""]
    for tool in TOOLS:
        batches = [row for row in rows if row["tool"] == tool]
        cells.append("; ".join(
            f"{value(row['median'])} at {label(row)}" + (f", **{row['mist_is']:.2f} ×**" if "mist_is" in row else "")
            + f", {memory(row)}" for row in batches))
    return f"| {name} | " + " | ".join(cells) + " |"


def works(record):
    """A row per other work and tool."""
    if all(work.endswith("-gather") or work.startswith("growth-") for work in record["works"]):
        return NOTHING
    lines = ["| what | tool | median (smallest to largest) | peak | mist is | command |", "|---|---|---|---|---|---|"]
    for work, about in recorded(record):
        if work.endswith("-gather") or work.startswith("growth-"):
            continue
        rows = [row for row in record["results"] if row["work"] == work]
        for number, row in enumerate(rows):
            # Only where there is more than one of them.
            precision = row["precision"] if len({other["precision"] for other in rows}) > 1 else None
            tool = ", ".join(part for part in (TOOLS.get(row["tool"], row["tool"]), precision, label(row)) if part)
            figure = f"{value(row['median'])} {row['unit']} ({value(row['min'])} to {value(row['max'])})"
            if row["fraction_of_limit"]:
                figure += f", {percent(row['fraction_of_limit'])} of its limit"
            ratio = f"{row['mist_is']:.2f} ×" if "mist_is" in row else ""
            title, command = (about["title"], f"`./dev bench --only {work}`") if number == 0 else ("", "")
            lines.append(f"| {title} | {tool} | {figure} | {memory(row)} | {ratio} | {command} |")
    return "\n".join(lines) + "\n"


def growth(record):
    """The plot's place, and what it shows in words."""
    if not panels(record):
        return NOTHING
    words = ", ".join(axis for work, _, axis, _ in AXES if work in record["works"])
    return f"![How cost grows by {words}]({PLOT})\n"


def quiet(record):
    """The record without its trials."""
    works = {name: about for name, about in record["works"].items() if about["processor_share"] >= QUIET}
    return {**record, "works": works, "results": [row for row in record["results"] if row["work"] in works]}


def panels(record):
    found = []
    for work, title, axis, logarithmic in AXES:
        rows = [row for row in record["results"] if row["work"] == work]
        if rows:
            found.append((title, axis, rows, logarithmic))
    return found


SECTIONS = {"machine": machine, "gathers": gathers, "works": works, "growth": growth}


def drawn(readme, record):
    """README with every marked part drawn anew. A mark without its end, or of no section, is an error."""
    marks = re.findall(BEGIN, readme)
    if sorted(marks) != sorted(SECTIONS) or readme.count(END) != len(marks):
        raise SystemExit(f"figures: README.md has the marks {marks}; it must have each of {list(SECTIONS)} once, and as many ends")
    pattern = re.compile(BEGIN + ".*?" + re.escape(END), re.DOTALL)
    return pattern.sub(lambda m: f"<!-- figures: {m[1]} -->\n{SECTIONS[m[1]](record)}{END}", readme)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--print", action="store_true")
    arguments = parser.parse_args()
    path = lambda name: os.path.join(REPOSITORY, name)
    read = lambda name: open(path(name), encoding="utf-8").read() if os.path.exists(path(name)) else ""
    record = json.loads(read(RECORD))
    if arguments.print:
        return print("\n".join(section(record) for section in SECTIONS.values()))
    record = quiet(record)
    wanted = {"README.md": drawn(read("README.md"), record)}
    if panels(record):
        wanted[PLOT] = plot.draw(panels(record))
    stale = [name for name, text in wanted.items() if read(name) != text]
    if arguments.check:
        if stale:
            sys.exit(f"figures: {' and '.join(stale)} are not what {RECORD} gives; draw them by `./dev figures`")
        return print(f"figures: {' and '.join(wanted)}: what {RECORD} gives")
    for name in stale:
        with open(path(name), "w", encoding="utf-8") as file:
            file.write(wanted[name])
    print(f"figures: {', '.join(stale) or 'nothing'} drawn from {RECORD}")


if __name__ == "__main__":
    main()
