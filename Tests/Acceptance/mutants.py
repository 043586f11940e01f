"""Changed graphs: each is refused, or what mist makes of it computes what ONNX Runtime computes of the graph itself.

    mutants.py [--count N] [--seed N] [--one NUMBER] [--mist PATH]     the same without the table; --one keeps that mutant's files
"""
import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

from graph_bases import Base, bases

COUNT, SEED = 600, 1
TOLERANCE = 2e-3


def mutant(bases, number, seed):
    """Mutant `number`: its base, model and the sentences of its changes; None where nothing fits."""
    import onnx
    from graph_mutations import ATTRIBUTES
    from graph_rewiring import REWIRING

    rng = np.random.default_rng([seed, number])
    base = bases[number % len(bases)]
    model = onnx.ModelProto()
    model.CopyFrom(base.model)
    kinds = ATTRIBUTES + REWIRING
    kind = kinds[rng.integers(len(kinds))]
    change = kind(model, rng)
    return (base, model, kind.__name__, change) if change else None


def verdict(mist, base, model, folder):
    """(word, explanation) for one mutant, or None where ONNX Runtime does not run it."""
    import onnx
    from safetensors.numpy import save_file

    try:
        golden = base.golden(model)
    except Exception:  # no model at all
        return None
    if not all(np.isfinite(v).all() for v in golden.values()):
        return None
    graph, golden_file, converted = (os.path.join(folder, n) for n in ("mutant.onnx", "golden.safetensors", "converted.safetensors"))
    onnx.save(model, graph)
    save_file(golden, golden_file)
    result = subprocess.run([mist, "convert", graph, "-o", converted], capture_output=True, text=True)
    if result.returncode == 65:
        return "refused", result.stderr.strip()
    if result.returncode:
        return "wrong", f"convert ended with {result.returncode}: {result.stderr[-300:]}"
    verify = [mist, "verify", converted, "--golden", golden_file, "--tolerance", str(TOLERANCE)]
    result = subprocess.run(verify, capture_output=True, text=True)
    if ("no classifier" in result.stderr or "no decode head" in result.stderr) and len(golden) > 2:
        # What is behind the backbone may be left out.
        save_file({k: v for k, v in golden.items() if k != "logits"}, golden_file)
        result = subprocess.run(verify, capture_output=True, text=True)
    return ("equal" if result.returncode == 0 else "wrong"), (result.stdout + result.stderr).strip()


def survey(repository, mist, count, seed, only=None, report=print):
    """Counts by word, and the wrong ones' sentences."""
    all_bases = [Base(*b) for b in bases(repository)]
    counts, kinds, wrong = collections.Counter(), collections.defaultdict(collections.Counter), []
    number = -1 if only is None else only - 1
    while sum(counts.values()) < count:
        number += 1
        made = mutant(all_bases, number, seed)
        folder = tempfile.mkdtemp(prefix="mutant-")
        try:
            result = made and verdict(mist, made[0], made[1], folder)
            if result:
                base, _, kind, change = made
                counts[result[0]] += 1
                kinds[kind][result[0]] += 1
                if result[0] == "wrong":
                    wrong.append(f"mutant {number} of {base.name}: {change}")
                if only is not None or result[0] == "wrong":
                    report(f"{result[0]}: mutant {number} of {base.name}: {kind}: {change}\n    {result[1][-400:]}")
                elif os.environ.get("MUTANTS_LOG"):
                    with open(os.environ["MUTANTS_LOG"], "a") as log:
                        log.write(json.dumps([number, base.name, kind, change, *result]) + "\n")
        finally:
            if only is None:
                for file in os.listdir(folder):
                    os.remove(os.path.join(folder, file))
                os.rmdir(folder)
            else:
                report(folder)
        if only is not None:
            break
    return counts, kinds, wrong


def mutants(places):
    """Changed graphs are refused or computed."""
    from report import row

    counts, _, wrong = survey(places.repository, "mist", COUNT, SEED, report=lambda *_: None)
    measured = ", ".join(f"{counts[word]} {word}" for word in ("refused", "equal", "wrong"))
    row(f"{sum(counts.values())} mutants of ONNX graphs", "each refused or equal to ONNX Runtime's", measured + "".join(
        "; " + w for w in wrong), not wrong)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--one", type=int)
    parser.add_argument("--mist", default="mist")
    arguments = parser.parse_args()
    here = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
    counts, kinds, wrong = survey(here, arguments.mist, 1 if arguments.one is not None else arguments.count, arguments.seed, arguments.one)
    for kind, found in sorted(kinds.items()):
        print(f"{kind:<22} " + ", ".join(f"{n} {word}" for word, n in sorted(found.items())))
    print(dict(counts))
    sys.exit(1 if wrong else 0)
