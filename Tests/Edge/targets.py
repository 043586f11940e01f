"""mist-edge of every target beside the host's, on the fixtures. Run by `./dev edge TARGET…|all`.

    targets.py --host mist-edge TARGET=PROGRAM …
"""
import argparse
import glob
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.join(HERE, "..", "..")
QEMU = {"aarch64": "qemu-aarch64", "armv7": "qemu-arm", "riscv64": "qemu-riscv64", "x86_64": "qemu-x86_64"}
# What probabilities of other kernels may differ by.
TOLERANCE = 1e-5
BUNDLES = sorted(glob.glob("Fixtures/edge-bundle/*.mistedge", root_dir=REPOSITORY))
SHARDS = {
    name: [f"Fixtures/edge-features/{'maps-' if maps else ''}{kind}.safetensors" for kind in ("f32", "f16", "int8")]
    + ([] if maps else ["Fixtures/edge-features/offset.safetensors", "Fixtures/edge-features/checksums.safetensors"])
    for maps, name in ((False, "f32"), (False, "f16"), (False, "int8"), (True, "maps-f32"), (True, "maps-f16"), (True, "maps-int8"))
}


def runners(target, program):
    """How a target's program is run: one or more names, each with the words before its arguments."""
    if target.startswith("wasm32"):
        found = {"node": ["node", "--no-warnings", os.path.join(HERE, "wasi.mjs"), program]}
        # It stops at vectors.
        if target == "wasm32" and shutil.which("wasmkit"):
            found["wasmkit"] = ["wasmkit", "run", "--dir", ".", "--dir", "/", program]
        return found
    return {"native": [program]} if target == platform.machine() else {"qemu": [QEMU[target], program]}


def run(words, arguments):
    """Status, standard output and standard error, which do not say where the program is."""
    result = subprocess.run([*words, *arguments], capture_output=True, text=True, cwd=REPOSITORY)
    return result.returncode, result.stdout, result.stderr


def command_lines(folder):
    """What is compared: predictions of every kind, class maps, training, descriptions, and refusals."""
    for name, shards in SHARDS.items():
        bundle = f"Fixtures/edge-bundle/{name}.mistedge"
        for shard in shards:
            yield ["run", bundle, shard]
            yield ["run", bundle, shard, "--portable", "--json"]
        if name.startswith("maps"):
            yield ["run", bundle, shards[0], "--maps", os.path.join(folder, name)]
        # Other kernels' sums differ in their last bits, and so do the bundles.
        tuned = os.path.join(folder, f"{name}.mistedge")
        yield ["tune", bundle, *shards, "--val", shards[0], "-o", tuned, "--epochs", "3", "--lr", "0.001", "--json"]
        yield ["selftest", tuned, "--json"]
    for bundle in BUNDLES:
        yield ["info", bundle, "--json"]
        yield ["run", bundle]
    for wrong in sorted(glob.glob("Fixtures/malformed/edge-bundle/*", root_dir=REPOSITORY)):
        yield ["info", wrong]
    for wrong in sorted(glob.glob("Fixtures/malformed/edge-features/*", root_dir=REPOSITORY)):
        yield ["run", "Fixtures/edge-bundle/f32.mistedge", wrong]
    yield ["run"]
    yield ["info", "Fixtures/nowhere.mistedge"]


NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")


def same(found, expected):
    """Whether texts are equal but for what numbers with a point may differ by."""
    if NUMBER.sub("#", found) != NUMBER.sub("#", expected):
        return False
    pairs = zip(NUMBER.findall(found), NUMBER.findall(expected))
    return all(abs(float(a) - float(b)) <= TOLERANCE * max(1, abs(float(b))) for a, b in pairs)


def contents(folder):
    found = {}
    for path in sorted(glob.glob("**/*", root_dir=folder, recursive=True)):
        if os.path.isfile(os.path.join(folder, path)) and not path.endswith(".mistedge"):
            with open(os.path.join(folder, path), "rb") as file:
                found[path] = file.read()
    return found


def check(words, expected, maps, selftests, renames):
    """Sentences of what differs from the host's. Where nothing can be renamed, no file is written."""
    wrong = []
    for bundle in BUNDLES:
        status, output, errors = run(words, ["selftest", bundle])
        if status != selftests[bundle]:
            wrong.append(f"selftest {bundle}: status {status}, and {selftests[bundle]} on the host: {output or errors}".strip())
    with tempfile.TemporaryDirectory() as folder:
        for arguments, (status, output, errors) in zip(command_lines(folder), expected, strict=True):
            if not renames and folder in " ".join(arguments):
                continue
            found = run(words, arguments)
            if found[0] != status or not same(found[1], output) or not same(found[2].replace(folder, ""), errors):
                wrong.append(f"{' '.join(arguments[:3])}: {found}, and {(status, output, errors)} on the host"[:600])
        if renames and contents(folder) != maps:
            wrong.append("class maps differ")
    return wrong


def heap(target, name, program):
    """What the test of the heap, beside the program, says against it."""
    # Node 20 crashes now and then as it ends, behind a program that has grown its memory often and said that all is well.
    if name == "node":
        return []
    words = runners(target, os.path.join(os.path.dirname(os.path.abspath(program)), "heap"))[name]
    status, output, errors = run(words, [])
    return [] if (status, output) == (0, "ok\n") else [f"heap: {output or errors}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", required=True)
    parser.add_argument("programs", nargs="+", metavar="TARGET=PROGRAM")
    arguments = parser.parse_args()
    host = [os.path.abspath(arguments.host)]
    selftests = {bundle: run(host, ["selftest", bundle])[0] for bundle in BUNDLES}
    with tempfile.TemporaryDirectory() as folder:
        expected = [
            (status, output, errors.replace(folder, ""))
            for status, output, errors in (run(host, line) for line in command_lines(folder))]
        maps = contents(folder)
    failed = False
    print(f"{'TARGET':<11} {'BYTES':>9}  CHECKED BY")
    for target, program in (text.split("=", 1) for text in arguments.programs):
        for name, words in runners(target, os.path.abspath(program)).items():
            renames = name != "wasmkit"
            wrong = check(words, expected, maps, selftests, renames) + heap(target, name, program)
            failed = failed or bool(wrong)
            told = f"{len(BUNDLES)} selftests and {len(expected)} command lines as the host" + ("" if renames else ", but for those that write files")
            told = "FAILED" if wrong else told
            print(f"{target:<11} {os.path.getsize(program):>9}  {name}: {told}", flush=True)
            for sentence in wrong[:5]:
                print(f"  {sentence}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
