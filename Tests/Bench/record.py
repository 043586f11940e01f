"""The JSON that `./dev bench` writes: `{"results": [row, …], "works": {name: when and how}, "machine": {…}}`. A work that is in the
file is not measured again, so a run that was cut goes on where it stopped; a trial, of a busy machine, is."""
import json
import os
import platform
import subprocess

# What a process must have of its processors to be believed; with less, a recording is a trial.
QUIET = 0.8

REPOSITORY = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


def versions():
    """What the figures depend on beside the processor."""
    from importlib import metadata

    found = {}
    for name in ("torch", "onnxruntime", "openvino", "nncf", "timm", "transformers"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            pass
    commit = subprocess.run(["git", "-C", REPOSITORY, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True)
    return {"kernel": platform.release(), "python": platform.python_version(), "commit": commit.stdout.strip(), **found}


class Record:
    """The file, or nothing when no path is given. Rows are kept by work."""

    def __init__(self, path, machine):
        self.path = path
        self.content = {"results": [], "works": {}, "machine": machine}
        if path and os.path.exists(path):
            with open(path) as file:
                self.content = json.load(file)
            known, here = self.content["machine"], machine
            for key in ("processor", "processors", "threads"):
                if known.get(key) != here.get(key):
                    raise SystemExit(
                        f"bench: {path} was recorded with {key} = {known.get(key)}, and here it is {here.get(key)}; ratios of one "
                        "file belong to one machine: name another file, or remove this one")
            # The limits of the machine are those that other work disturbed least.
            if here["processorShare"] > known["processorShare"]:
                self.content["machine"] = here

    def has(self, work):
        """Whether all of `work` was measured while the machine was quiet."""
        about = self.content["works"].get(work)
        return about is not None and not about["failed"] and about["processor_share"] >= QUIET

    def put(self, work, rows, about):
        """Replaces what is recorded of `work`, and writes the file as a whole."""
        others = [row for row in self.content["results"] if row["work"] != work]
        self.content["results"] = others + [{"work": work, **row} for row in rows]
        self.content["works"][work] = about
        if not self.path:
            return
        temporary = f"{self.path}.{os.getpid()}"
        with open(temporary, "w") as file:
            file.write(text(self.content))
        os.replace(temporary, self.path)


def text(content):
    """JSON with a line per row, so that a later recording can be read as a difference."""
    compact = lambda value: json.dumps(rounded(value), ensure_ascii=False)
    rows = ",\n".join("    " + compact(row) for row in content["results"])
    works = ",\n".join(f"    {json.dumps(name)}: {compact(about)}" for name, about in content["works"].items())
    machine = json.dumps(rounded(content["machine"]), indent=2, ensure_ascii=False).replace("\n", "\n  ")
    return f'{{\n  "results": [\n{rows}\n  ],\n  "works": {{\n{works}\n  }},\n  "machine": {machine}\n}}\n'


def rounded(value):
    """Numbers with five digits: more is noise."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    if isinstance(value, dict):
        return {key: rounded(v) for key, v in value.items()}
    return value
