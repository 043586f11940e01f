"""What two runs of the same steps wrote and printed, compared: tensors, sections, pictures and scores to the byte, descriptions but
for what a named rule lets differ."""
import json
import os
import re
import struct

NUMBER = re.compile(r"\[\d+\]")


class Rule:
    """A difference in a description that is no difference in behaviour. `place` matches FILE KIND:KEY.PATH; `allows` looks at what
    stands there on both sides, None for nothing."""

    def __init__(self, name, place, reason, allows=lambda before, now: True):
        self.name, self.place, self.reason, self.allows = name, re.compile(place), reason, allows
        self.used = set()


TASKS = ("classification", "segmentation")
ALLOWED = [
    Rule("time", r"^[a-z-]+:(.*\.)?(seconds|\w+Seconds|imagesPerSecond|samplesPerSecond)$", "a clock measured it"),
    Rule("memory", r"^[a-z-]+:(.*\.)?(peakMemoryBytes|ownMemoryBytes)$", "the system measured it"),
    Rule("killed", r"^printed-resumed:(processed|resumed)$", "how far an extraction had come when it was killed"),
    Rule("version", r"^[a-z-]+:(.*\.)?(mist\.)?(version|minimum_reader|minimumReader)$",
         "heads, bundles and stores count versions of their format since it does not stand for the task"),
    Rule("task", r"^[a-z-]+:(.*\.)?(mist\.)?task$", "heads, bundles and stores say their task by name",
         lambda before, now: before is None and now in TASKS),
    Rule("task's section", r"^(section|[a-z-]+):(.*sections\.)?TASK(\.|$)", "a bundle says its task by name in a section of its own",
         lambda before, now: before is None),
    Rule("place", r"^[a-z-]+:(.*\.)?sections\.[A-Z]{4}\.offset$", "what stands in front of the section has grown"),
    Rule("size", r"^[a-z-]+:(.*\.)?bytes$", "a file's size, with its version and task in it"),
    Rule("hash", r"^(manifest:splits\.shards\.sha256|[a-z-]+:(mist\.)?plan)$", "derived from bytes that hold version and task"),
    Rule("recovery", r"^printed:recovered$", "a graph's dataflow gives canonical tensors: a 1×1 convolution is shown as the matrix it is",
         lambda before, now: None not in (before, now) and before.split(" [")[0] == now.split(" [")[0]),
    Rule("kernel", r"^printed:steps\.sources\.shape$", "the same: what a step reads is that matrix",
         lambda before, now: (before, now) == (1, None)),
    Rule("squeeze", r"^printed:steps\.transform$", "the same: nothing is left to squeeze",
         lambda before, now: (before, now) == ("squeeze 1x1", "copy")),
    Rule("orientation", r"^[a-z-]+:(.*\.)?preprocessing\.orientation$",
         "preprocessing says what becomes of EXIF orientations: applied for models of libraries that apply them",
         lambda before, now: before is None and now in ("apply", "ignore")),
    Rule("orientation in bundles", r"^section:PREP$", "the same in a bundle: a field that was reserved",
         lambda before, now: None not in (before, now) and before[48:] == bytes(16) and now == before[:48] + b"\1" + bytes(15)),
    Rule("orientation's hash", r"^([a-z-]+:mist\.preprocessing|[a-z-]+:(.*\.)?sections\.PREP\.\w+)$",
         "derived from bytes that say it", lambda before, now: None not in (before, now)),
    Rule("what extract and predict tell", r"^printed[a-z-]*:(orientation|splits\.(name|samples|oriented|unlabelled))$",
         "which images carry an EXIF orientation, and which masks have no labelled pixel", lambda before, now: before is None),
]


def lines(value, path=""):
    """Every leaf of a JSON value as (path, leaf); empty lists and objects are leaves too."""
    if isinstance(value, dict) and value:
        for key in value:
            yield from lines(value[key], f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and all(isinstance(item, dict) and "id" in item for item in value):
        # A bundle's sections: by their names.
        for item in value:
            yield from lines({k: v for k, v in item.items() if k != "id"}, f"{path}.{item['id']}")
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            yield from lines(item, f"{path}[{number}]")
    else:
        yield path, value


def parsed(text):
    """A JSON value, a value per line, or the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        rows = text.splitlines()
        try:
            return {str(number): json.loads(row) for number, row in enumerate(rows)}
        except ValueError:
            return {f"line {number + 1}": row for number, row in enumerate(rows)}


def allowed(place, before, now):
    """The rule that lets a place differ, or None."""
    return next((rule for rule in ALLOWED if rule.place.search(place) and rule.allows(before, now)), None)


def description(kind, first, second):
    """The first difference between two JSON values that no rule allows, or None."""
    left, right = dict(lines(first)), dict(lines(second))
    for path in [*left, *(p for p in right if p not in left)]:
        if path in left and path in right and repr(left[path]) == repr(right[path]):
            continue
        rule = allowed(f"{kind}:{NUMBER.sub('', path)}", left.get(path), right.get(path))
        if rule is None:
            show = lambda side: repr(side[path]) if path in side else "nothing"
            return f"{path} is {show(left)} before and {show(right)} now"
        rule.used.add(NUMBER.sub("[…]", path))
    return None


def safetensors(path):
    """A file's tensors, name -> (type, shape, bytes), and its metadata with JSON read out of the strings."""
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    metadata = {}
    for key, value in header.pop("__metadata__", {}).items():
        try:
            metadata[key] = json.loads(value)
        except ValueError:
            metadata[key] = value
    body = memoryview(data)[8 + size:]
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        tensors[name] = (entry["dtype"], entry["shape"], body[start:end])
    return tensors, metadata


def first_byte(first, second):
    """Where two buffers begin to differ."""
    length = min(len(first), len(second))
    low, high = 0, length
    while low < high:
        middle = (low + high) // 2
        if first[low:middle + 1] == second[low:middle + 1]:
            low = middle + 1
        else:
            high = middle
    return low


def tensors(first, second):
    a, before = safetensors(first)
    b, now = safetensors(second)
    if list(a) != list(b):
        name = next((n for n in [*a, *b] if (n in a) != (n in b)), None)
        return f"tensor {name} is only in one of them" if name else "the tensors stand in another order"
    for name in a:
        if a[name][:2] != b[name][:2]:
            return f"tensor {name} is {a[name][0]} {a[name][1]} before and {b[name][0]} {b[name][1]} now"
        if a[name][2] != b[name][2]:
            return f"tensor {name} differs first in byte {first_byte(a[name][2], b[name][2])} of {len(a[name][2])}"
    return description("metadata", before, now)


def sections(path):
    """A bundle's sections: identifier -> bytes."""
    with open(path, "rb") as file:
        data = file.read()
    count = struct.unpack_from("<I", data, 24)[0]
    found = {}
    for row in range(count):
        name, _, offset, length = struct.unpack_from("<4sIQQ", data, 64 + 32 * row)
        found[name.decode()] = data[offset:offset + length]
    return found


def bundles(first, second):
    a, b = sections(first), sections(second)
    for name in [*a, *(n for n in b if n not in a)]:
        if a.get(name) == b.get(name):
            continue
        rule = allowed(f"section:{name}", a.get(name), b.get(name))
        if rule is None:
            if name not in a or name not in b:
                return f"section {name} is only in one of them"
            return f"section {name} differs first in byte {first_byte(a[name], b[name])} of {len(a[name])}"
        rule.used.add(name)
    return None


def files(first, second):
    """The first difference between two files, or None."""
    if first.endswith(".safetensors"):
        return tensors(first, second)
    if first.endswith(".mistedge"):
        return bundles(first, second)
    with open(first, "rb") as file, open(second, "rb") as other:
        a, b = file.read(), other.read()
    if a == b:
        return None
    if first.endswith(".json"):
        kind = "manifest" if os.path.basename(first) == "manifest.json" else "json"
        return description(kind, json.loads(a), json.loads(b))
    return f"differs first in byte {first_byte(a, b)} of {len(a)}"


def folders(first, second):
    """Every file below two folders: how many, and (path, difference) of those that are not the same."""
    def listed(folder):
        return {
            os.path.relpath(os.path.join(place, name), folder)
            for place, _, names in os.walk(folder) for name in names}

    a, b = listed(first), listed(second)
    found = [(path, f"is only written {'before' if path in a else 'now'}") for path in sorted(a ^ b)]
    for path in sorted(a & b):
        difference = files(os.path.join(first, path), os.path.join(second, path))
        if difference:
            found.append((path, difference))
    return len(a | b), found
