"""The rebuild beside the last commit before it: both build, both run every verb on the same fixtures, and what they wrote and printed
is compared. Then the new tools read what the old ones wrote."""
import concurrent.futures
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import same_bytes_compare as compare
import same_bytes_steps as steps
from report import Skip, row, run

# The last commit before the first move of the rebuild.
BEFORE = "56780cd228fef5e8ba8797cf43470cd2b8d9d22f"
# Steps that end otherwise than before, and why that is right.
CHANGED = {
    "mist predict models/segformer-hf-segformer-hub.safetensors heads/segformer-classes.safetensors": (
        "predict runs what extract and eval run: heads on the maps of images in class folders"),
    "mist predict models/segformer-mmseg-mmseg-model.pth.safetensors": (
        "predict runs what verify runs: mmsegmentation's decode heads"),
    "mist inspect fixtures/malformed/edge-bundle/unknown-pooling": "that file's unknown pooling is attentive pooling now",
    "mist-edge info fixtures/malformed/edge-bundle/unknown-pooling": "that file's unknown pooling is attentive pooling now",
    "mist inspect fixtures/malformed/feature-store/newer-version": "that file has version 3, which exists now",
    "mist inspect fixtures/malformed/head/unsupported-version.safetensors": "that file has version 3, which exists now",
}
# What such steps write that there was not before.
NEW_FILES = "masks/mmseg/"
# What reads files that an earlier version wrote, without writing over them.
READERS = ("inspect", "verify", "eval", "export", "predict", "info", "selftest", "run")


def built(places):
    """A checkout of `BEFORE` with its tools built, once; --before DIR names another."""
    if places.before:
        return places.before
    folder = os.path.join(places.work, "before")
    if not os.path.exists(os.path.join(folder, "built")):
        git = ["git", "-C", places.repository]
        if subprocess.run([*git, "cat-file", "-e", BEFORE + "^{commit}"], capture_output=True).returncode:
            raise Skip(f"the history is shallow and commit {BEFORE[:7]} absent: git fetch --unshallow, or --before DIR")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        archive = subprocess.Popen([*git, "archive", BEFORE], stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "-C", folder], stdin=archive.stdout, check=True)
        assert archive.wait() == 0
        for product in ("mist", "mist-edge"):
            run("swift", "build", "-c", "release", "--package-path", folder, "--product", product)
        open(os.path.join(folder, "built"), "w").close()
    return folder


class Side:
    """One version's tools, and the folder they work in."""

    def __init__(self, name, folder, binaries, fixtures, drawn):
        self.name, self.folder = name, folder
        self.tools = {tool: os.path.join(binaries, tool) for tool in ("mist", "mist-edge")}
        self.fixtures, self.results = fixtures, {}
        shutil.rmtree(folder, ignore_errors=True)
        for part in ("models", "destinations", "stores", "heads", "bundles", "class-maps", "masks"):
            os.makedirs(os.path.join(folder, part))
        os.symlink(fixtures, os.path.join(folder, "fixtures"))
        os.symlink(drawn, os.path.join(folder, "drawn"))

    def copied(self, name, binaries):
        """A side with other tools, on what this one wrote."""
        folder = os.path.join(os.path.dirname(self.folder), name)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder, symlinks=True)
        side = object.__new__(Side)
        side.name, side.folder, side.fixtures, side.results = name, folder, self.fixtures, {}
        side.tools = {tool: os.path.join(binaries, tool) for tool in ("mist", "mist-edge")}
        return side

    def expand(self, argument):
        """Names of files for a pattern, as a shell gives them; of none, the pattern itself."""
        found = sorted(glob.glob(os.path.join(self.folder, argument))) if "*" in argument else []
        return [os.path.relpath(path, self.folder) for path in found] or [argument]

    def run(self, *arguments, tool="mist", refusal=False, printed=True, kill=None):
        command = [self.tools[tool], *(name for argument in arguments for name in self.expand(argument))]
        if kill:
            self.kill(command, os.path.join(self.folder, kill))
        result = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, errors="replace")
        code = re.findall(r"error\[([\w.-]+)\]", result.stderr)
        self.results[" ".join([tool, *arguments])] = {
            "status": result.returncode, "code": code[-1] if code else "", "refusal": refusal, "killed": bool(kill),
            "output": result.stdout if printed else "", "errors": result.stderr[-400:]}
        return result.returncode == 0

    def kill(self, command, store):
        """Ends an extraction with SIGKILL as soon as it has written another shard, twice."""
        count = 0
        for _ in range(2):
            process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while process.poll() is None and len(glob.glob(os.path.join(store, "*.safetensors"))) <= count:
                time.sleep(0.005)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()
            count = len(glob.glob(os.path.join(store, "*.safetensors")))
        assert not os.path.exists(os.path.join(store, "manifest.json")), "the extraction ended before it could be killed"


def drawn(places, before):
    """Images for both sides: drawn shapes and street scenes, photographs, every kind of file that the decoders know, and broken ones."""
    folder = os.path.join(places.work, "same-bytes", "drawn")
    shutil.rmtree(folder, ignore_errors=True)
    fixtures = os.path.join(before, "Fixtures")
    counts = ("--train", "48", "--val", "16", "--test", "16")
    run(sys.executable, os.path.join(fixtures, "shapes", "make.py"), os.path.join(folder, "shapes"), *counts)
    run(sys.executable, os.path.join(fixtures, "scenes", "make.py"), os.path.join(folder, "scenes"), "--train", "14", "--val",
        "5", "--test", "1")
    shutil.rmtree(os.path.join(folder, "scenes", "images", "test"))
    shutil.rmtree(os.path.join(folder, "scenes", "annotations", "test"))
    shutil.copytree(os.path.join(folder, "scenes"), os.path.join(folder, "seven"))
    with open(os.path.join(folder, "seven", "classes.txt"), "w") as file:
        file.write("".join(f"{name}\n" for name in "sky building road grass tree car person".split()))
    run(sys.executable, os.path.join(fixtures, "segformer-small", "make.py"), os.path.join(folder, "segformer-small"))
    for name, source in (("kinds", "vision/files"), ("photographs", "images"), ("broken", "vision/broken")):
        shutil.copytree(os.path.join(fixtures, source), os.path.join(folder, "photographs", name))
    return folder


def changed(step):
    return next((reason for start, reason in CHANGED.items() if step.startswith(start)), None)


def results(before, now):
    """The steps of `now` that ended or printed otherwise than in `before`."""
    found = []
    for step, b in now.results.items():
        a = before.results[step]
        if a["status"] not in (0,) and not a["refusal"]:
            found.append((step, f"failed in both: {a['errors']}" if a["status"] == b["status"] else f"failed before: {a['errors']}"))
        elif (a["status"], a["code"]) != (b["status"], b["code"]) and changed(step):
            print(f"  ends otherwise than before: {step}: {changed(step)}", flush=True)
        elif (a["status"], a["code"]) != (b["status"], b["code"]):
            found.append((step, f"ended with {a['status']} {a['code']} before and {b['status']} {b['code']} now: {b['errors']}"))
        elif a["output"] != b["output"]:
            kind = "printed-resumed" if a["killed"] else "printed"
            difference = compare.description(kind, compare.parsed(a["output"]), compare.parsed(b["output"]))
            if difference:
                found.append((step, difference))
    return found


def written(first, second):
    """The files that two sides wrote: how many, and what differs."""
    count, found = compare.folders(first.folder, second.folder)
    return count, [item for item in found if not (item[0].startswith(NEW_FILES) and item[1] == "is only written now")]


def report(name, target, count, found):
    for step, difference in found:
        print(f"  {step}\n    {difference}", flush=True)
    first = f"; first: {found[0][0]}: {found[0][1]}" if found else ""
    row(name, target, f"{count - len(found)} of {count}{first}", not found and count > 0)


def seen(side):
    """That the comparison sees one bit of one tensor, and one key of one description."""
    path = os.path.join(side.folder, "heads", "lae.safetensors")
    with open(path, "rb") as file:
        data = bytearray(file.read())
    data[-1] ^= 1
    other = os.path.join(side.folder, "one-bit.safetensors")
    with open(other, "wb") as file:
        file.write(data)
    difference = compare.files(path, other)
    os.remove(other)
    with open(os.path.join(side.folder, "heads", "lae.json")) as file:
        log = json.load(file)
    changed = json.loads(json.dumps(log))
    changed["runs"][0]["trial"]["epochs"][0]["loss"] *= 1 + 1e-12
    key = compare.description("json", log, changed)
    row("the comparison itself", "sees one bit of a tensor, and a loss in its 12th digit", f"{difference}; {key}",
        bool(difference) and bool(key))


def same_bytes(places):
    """Every verb beside the last commit before the rebuild, to the byte."""
    before = built(places)
    fixtures, work = os.path.join(before, "Fixtures"), os.path.join(places.work, "same-bytes")
    images = drawn(places, before)
    old = os.path.join(before, ".build", "release")
    new = places.now or os.path.dirname(shutil.which("mist"))
    sides = [Side(name, os.path.join(work, name), binaries, fixtures, images) for name, binaries in (("before", old), ("now", new))]

    def everything(side):
        for name, group in steps.GROUPS.items():
            start = time.monotonic()
            group(side.run, fixtures) if name in ("checkpoints", "malformed") else group(side.run)
            print(f"  {side.name}: {name} took {time.monotonic() - start:.0f} s, {len(side.results)} steps so far", flush=True)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(everything, sides))
    for side in sides:
        with open(os.path.join(work, side.name + ".json"), "w") as file:
            json.dump(side.results, file, indent=1)
    first, second = sides
    seen(first)
    compared = results(first, second)
    report("what every verb printed, and how it ended", "the same", len(second.results), compared)
    count, found = written(first, second)
    report("what every verb wrote", "the same tensors, sections, pictures and scores", count, found)
    whole, killed = (os.path.join(second.folder, "stores", name) for name in ("whole", "killed"))
    count, found = compare.folders(whole, killed)
    report("a store whose extraction was killed twice", "as an uninterrupted one", count, found)

    # Every file of the version before opens, and means the same.
    reader = first.copied("reader", new)
    refused = lambda *arguments, **options: first.results[" ".join([options.get("tool", "mist"), *arguments])]["status"] == 0

    def reading(*arguments, tool="mist", **options):
        return reader.run(*arguments, tool=tool, **options) if arguments[0] in READERS else refused(*arguments, tool=tool)

    for group in (steps.measurements, steps.device, steps.predictions):
        group(reading)
    steps.checkpoints(reading, fixtures)
    # Last, as these write: heads trained on the stores of the version before.
    steps.trainings(reader.run)
    report("files of the version before, read by this one", "the same", len(reader.results), results(first, reader))
    count, found = written(first, reader)
    report("what this one made of them", "the same", count, found)

    refusals = sum(1 for result in second.results.values() if result["status"])
    print(f"  {len(second.results)} steps on each side, {refusals} of them refusals")
    for rule in compare.ALLOWED:
        if rule.used:
            print(f"  allowed to differ, {rule.name} ({rule.reason}): {', '.join(sorted(rule.used)[:12])}"
                  f"{' and more' if len(rule.used) > 12 else ''}")
