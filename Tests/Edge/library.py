"""The C library of every target, from its archive and in a folder without the repository, beside the host's mist-edge. Run by
`./dev edge TARGET…|all`.

    library.py --host mist-edge TARGET=ARCHIVE …
"""
import argparse
import functools
import glob
import html
import http.server
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading

from targets import BUNDLES, QEMU, REPOSITORY, SHARDS

HERE = os.path.dirname(os.path.abspath(__file__))
COMPILERS = {"aarch64": "aarch64-linux-gnu-gcc", "armv7": "arm-linux-gnueabihf-gcc", "riscv64": "riscv64-linux-gnu-gcc"}
BARE = {"cortex-m4": ["-mfloat-abi=soft"], "cortex-m4f": ["-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"]}
# Memory of the firmware's arena, where a device has less than a computer.
ARENA = 1 << 16
# Changed bundles that the library is tried on.
MUTANTS = 4000
# Behind the example of a page: it is not loaded, and its text not taken, until it shows something.
WAITING = """<img src="hold"><script>
new MutationObserver(() => fetch("told")).observe(document.getElementById("classes"), {childList: true});
</script>"""
# What probabilities of other kernels may differ by.
TOLERANCE = 1e-5


def run(words, folder=None, **others):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, cwd=folder, **others)


def built(words, folder=None):
    result = run(words, folder)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, words))}: {result.stdout}{result.stderr}")


def path(name):
    return os.path.join(REPOSITORY, name)


def hashed(data):
    value = 2166136261
    for byte in data:
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return f"{value:08x}"


class Host:
    """What mist-edge says, in the words of library.c."""

    def __init__(self, program):
        self.program = os.path.abspath(program)

    def refusal(self, result, *files):
        """`65 code: sentence` of an error."""
        text = result.stderr.strip()
        code, sentence = text[len("error["):].split("]: ", 1)
        for file in files:
            sentence = sentence.removeprefix(f"{file}: ")
        return f"{result.returncode} {code}: {sentence.removesuffix('.')}"

    def lines(self, bundle, shard=None):
        found = run([self.program, "selftest", bundle])
        if found.returncode != 0:
            return [self.refusal(found, bundle)]
        if shard is None:
            return []
        with tempfile.TemporaryDirectory() as maps:
            words = [self.program, "run", bundle, shard]
            found = run(words)
            if "--maps" in found.stderr or os.path.basename(bundle).startswith("maps"):
                found = run([*words, "--maps", maps, "--raw"])
                if found.returncode == 0:
                    files = sorted(glob.glob(os.path.join(maps, "*.raw")))
                    contents = []
                    for file in files:
                        with open(file, "rb") as opened:
                            contents.append(opened.read())
                    return [f"{index}\t{hashed(data)}" for index, data in enumerate(contents)]
        answers = [line for line in found.stdout.splitlines() if not line.startswith("accuracy")]
        return answers + ([self.refusal(found, shard, bundle)] if found.returncode != 0 else [])


def same(found, expected):
    """Whether lines are equal but for what probabilities may differ by."""
    if len(found) != len(expected):
        return False
    for ours, theirs in zip(found, expected):
        a, b = ours.split("\t"), theirs.split("\t")
        if len(a) == len(b) > 2:
            if a[:-1] != b[:-1] or abs(float(a[-1]) - float(b[-1])) > TOLERANCE:
                return False
        elif a != b:
            return False
    return True


def listing(shard, folder, count=100_000):
    """A copy of a shard whose metadata names `count` depths that nobody asked for: memory must not grow with them."""
    with open(path(shard), "rb") as file:
        data = file.read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    header["__metadata__"]["mist.gather"] += "," + ",".join(str(1000 + depth) for depth in range(count))
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 64)
    copy = os.path.join(folder, os.path.basename(shard))
    with open(copy, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data[8 + length:])
    return copy


def cases(folder):
    """Bundles with shards: all that fit, and what a bundle or a shard is refused for."""
    yield "Fixtures/edge-bundle/f32.mistedge", listing(SHARDS["f32"][0], folder)
    for name, shards in SHARDS.items():
        for shard in shards:
            yield f"Fixtures/edge-bundle/{name}.mistedge", shard
    for bundle in BUNDLES:
        yield f"Fixtures/edge-bundle/{os.path.basename(bundle)}", None
        yield f"Fixtures/edge-bundle/{os.path.basename(bundle)}", SHARDS["f32"][0]
    for wrong in sorted(glob.glob("Fixtures/malformed/edge-bundle/*", root_dir=REPOSITORY)):
        yield wrong, None
    for wrong in sorted(glob.glob("Fixtures/malformed/edge-features/*", root_dir=REPOSITORY)):
        yield "Fixtures/edge-bundle/f32.mistedge", wrong


def answers(words, bundle, shard):
    result = run([*words, path(bundle), *([path(shard)] if shard else [])])
    if result.returncode != 0:
        return [f"status {result.returncode}", *(result.stdout + result.stderr).splitlines()[-3:]]
    return [line for line in result.stdout.splitlines() if not line.startswith("ok\t")]


def compared(words, expected, about):
    """Sentences of what differs for a program on all cases."""
    wrong = []
    for case, theirs in expected.items():
        ours = answers(words, *case)
        if not same(ours, theirs):
            wrong.append(f"{about}: {' '.join(filter(None, case))}: {ours}, and {theirs} by mist-edge"[:600])
    return wrong


def hosted(target, root, folder, expected):
    """The library in a C program: here, or in an emulator."""
    native = target == platform.machine()
    compiler = "gcc" if native else COMPILERS[target]
    flags = ["-fsanitize=address,undefined", "-g"] if native else ["-static"]
    program, mutants = (linked(name, compiler, flags, root, folder) for name in ("library", "mutants"))
    words = [program] if native else [QEMU[target], program]
    if native:
        os.environ["ASAN_OPTIONS"] = "detect_leaks=0"
    wrong = compared(words, expected, compiler)
    size = os.path.getsize(os.path.join(root, "lib/libmistedge.so"))
    done = f"{len(expected)} cases in a C program{' under sanitizers' if native else ', QEMU'}"
    if native:
        result = run([mutants, MUTANTS, *(path(f"Fixtures/edge-bundle/{bundle}") for bundle in map(os.path.basename, BUNDLES))])
        wrong += [] if result.returncode == 0 else [f"mutants: {result.stdout}{result.stderr}"[:600]]
        wrong += examples(root, folder, expected)
        done += f"; {MUTANTS} changed bundles; examples in C (pkg-config, CMake), C++ and Python"
    return wrong, f"{size} bytes as a shared library", done


def linked(name, compiler, flags, root, folder):
    """A program of this folder with the library."""
    program = os.path.join(folder, name)
    built([
        compiler, "-std=c11", "-Wall", "-Wextra", *flags, "-I", os.path.join(root, "include"), os.path.join(HERE, name + ".c"),
        os.path.join(root, "lib/libmistedge.a"), "-o", program])
    return program


def short(lines):
    """Lines as the examples have them: without the number of the class."""
    return ["\t".join([line.split("\t")[0], *line.split("\t")[-2:]]) for line in lines]


def examples(root, folder, expected):
    """The examples as their first lines say, in a folder with nothing but the archive."""
    bundle, shard = "f32.mistedge", "int8.safetensors"
    for name in (f"edge-bundle/{bundle}", f"edge-features/{shard}"):
        shutil.copy(path(f"Fixtures/{name}"), folder)
    theirs = short(expected[(f"Fixtures/edge-bundle/{bundle}", f"Fixtures/edge-features/{shard}")])
    sources = os.path.join(root, "examples")
    environment = {**os.environ, "PKG_CONFIG_PATH": os.path.join(root, "lib/pkgconfig")}
    flags = run(["pkg-config", "--cflags", "--libs", "mistedge"], env=environment).stdout.split()
    built(["cc", os.path.join(sources, "classify.c"), *flags, "-o", "classify-c"], folder)
    built(["c++", "-std=c++17", "-pthread", os.path.join(sources, "classify.cpp"), *flags, "-o", "classify-cpp"], folder)
    with open(os.path.join(folder, "CMakeLists.txt"), "w") as file:
        file.write(
            "cmake_minimum_required(VERSION 3.13)\nproject(classify C)\nfind_package(mistedge REQUIRED)\n"
            f"add_executable(classify-cmake {sources}/classify.c)\ntarget_link_libraries(classify-cmake mistedge::mistedge)\n")
    built(["cmake", "-B", "cmake", f"-DCMAKE_PREFIX_PATH={root}"], folder)
    built(["cmake", "--build", "cmake"], folder)
    python = [sys.executable, os.path.join(sources, "classify.py"), os.path.join(root, "lib/libmistedge.so")]
    programs = {
        "C": ["./classify-c", bundle, shard], "C with CMake": ["cmake/classify-cmake", bundle, shard],
        "C++": ["./classify-cpp", bundle, shard], "Python": [*python, bundle, shard, "k12"]}
    return [sentence for name, words in programs.items() for sentence in shown(name, words, folder, theirs)]


def shown(name, words, folder, theirs):
    result = run(words, folder)
    ours = result.stdout.splitlines()
    return [] if same(ours, theirs) else [f"example in {name}: {ours or result.stderr}, and {theirs} by mist-edge"]


def wasm(_, root, folder, expected):
    bundle, shard = "Fixtures/edge-bundle/f32.mistedge", "Fixtures/edge-features/int8.safetensors"
    module = os.path.join(root, "lib/mistedge.wasm")
    words = ["node", "--no-warnings", os.path.join(root, "examples/classify.mjs"), module, path(bundle), path(shard)]
    theirs = short(expected[(bundle, shard)])
    wrong = shown("JavaScript", words, folder, theirs)
    done = "example in JavaScript, Node"
    if browser := next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None):
        wrong += page(browser, root, [path(bundle), path(shard)], folder, theirs)
        done += "; page in headless Chromium"
    return wrong, f"{os.path.getsize(module)} bytes as a module that imports nothing", done


def page(browser, root, files, folder, theirs):
    """The example of a page, from a server of this folder alone."""
    site = os.path.join(folder, "site")
    shutil.copytree(os.path.join(root, "examples"), site)
    for file in (os.path.join(root, "lib/mistedge.wasm"), *files):
        shutil.copy(file, site)

    with open(os.path.join(site, "classify.html"), "a") as file:
        file.write(WAITING)
    told = threading.Event()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/told":
                told.set()
            if self.path == "/hold":
                told.wait(60)
            super().do_GET()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        bundle, shard = map(os.path.basename, files)
        address = f"http://127.0.0.1:{server.server_port}/classify.html?bundle={bundle}&shard={shard}"
        found = run([
            browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile", "--dump-dom", address],
            timeout=120)
        server.shutdown()
    text = re.search(r'<pre id="classes">(.*?)</pre>', found.stdout, re.DOTALL)
    ours = html.unescape(text[1]).splitlines() if text else found.stderr.splitlines()[-3:]
    return [] if same(ours, theirs) else [f"page in Chromium: {ours}, and {theirs} by mist-edge"]


def firmware(target, root, folder, bundle, shard, *flags):
    """A program with a bundle and a shard in flash: bytes of its code and constants but for those, and what it does in QEMU."""
    sources, program = os.path.join(HERE, "Firmware"), os.path.join(folder, "firmware")
    built([
        "arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", *BARE[target], "-Os", "-Wall", "-Wextra", "-ffreestanding",
        "-ffunction-sections", "-nostartfiles", "-I", os.path.join(root, "include"), f'-DBUNDLE="{path(bundle)}"',
        f'-DSHARD="{path(shard)}"', f"-DARENA={ARENA}", *flags, *sorted(glob.glob(os.path.join(sources, "*.c"))), "-T",
        os.path.join(sources, "mps2.ld"), "-Wl,--gc-sections", os.path.join(root, "lib/libmistedge.a"), "-o", program])
    sections = run(["arm-none-eabi-size", "-A", program]).stdout.splitlines()
    size = sum(int(line.split()[1]) for line in sections if line.startswith((".text", ".data")))
    return size, run(["qemu-system-arm", "-M", "mps2-an386", "-nographic", "-semihosting", "-kernel", program], timeout=60)


def bare(target, root, folder, expected):
    """Firmware that tests itself and predicts every sample; and one of nothing but a prediction."""
    wrong, size, least = [], 0, 0
    for (bundle, shard), theirs in expected.items():
        if shard is None or "malformed" in bundle + shard or "maps" in bundle or "\t" not in "".join(theirs):
            continue
        size, result = firmware(target, root, folder, bundle, shard)
        ours = (result.stdout + result.stderr).split()
        if result.returncode != 0 or ours != [line.split("\t")[2] for line in theirs]:
            wrong.append(f"firmware: {bundle} {shard}: {result.returncode}, {ours}, and {theirs} by mist-edge")
        least, result = firmware(target, root, folder, bundle, shard, "-DLEAST")
        if result.returncode != 0:
            wrong.append(f"firmware of one prediction: {bundle}: {result.returncode}, {result.stdout + result.stderr}")
    return (
        wrong, f"{size} bytes of flash with a program that tests itself and predicts from a shard, {least} with one prediction",
        f"firmware on QEMU's mps2-an386, arena of {ARENA} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", required=True)
    parser.add_argument("archives", nargs="+", metavar="TARGET=ARCHIVE")
    arguments = parser.parse_args()
    host = Host(arguments.host)
    with tempfile.TemporaryDirectory() as drawn:
        found = {(bundle, shard): host.lines(path(bundle), path(shard) if shard else None) for bundle, shard in cases(drawn)}
        sys.exit(1 if failed(arguments.archives, found) else 0)


def failed(archives, expected):
    """Tells of every archive what it is; whether one is wrong."""
    anything = False
    for target, archive in (text.split("=", 1) for text in archives):
        with tempfile.TemporaryDirectory() as folder:
            with tarfile.open(archive) as opened:
                opened.extractall(folder, filter="data")
            root = os.path.join(folder, f"mist-edge-{target}")
            check = bare if target in BARE else wasm if target.startswith("wasm32") else hosted
            wrong, size, done = check(target, root, folder, expected)
        anything = anything or bool(wrong)
        print(f"{target:<11} {size}: {'FAILED' if wrong else done}", flush=True)
        for sentence in wrong[:5]:
            print(f"  {sentence}")
    return anything


if __name__ == "__main__":
    main()
