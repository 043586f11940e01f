"""The built tools under faults: calls that fail, kills, mutated files. Standard library only.

    faults.py --tools DIR [--short | --limit N] [--only calls kills mutations] [--verb NAME ...]

--limit is how many calls of each verb fail, moments are tried, files are mutated (all, 40, 10,000 without it). Ends with 1 where anything was wrong, naming it.
"""
import argparse
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import calls
import kills
import mutations
import preload
from scene import Scene

# What a minute is enough for: calls of each verb, moments of each signal and verb, files.
SHORT = {"calls": 14, "kills": 2, "mutations": 150}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", required=True, help="the folder of mist and mist-edge")
    parser.add_argument("--only", nargs="+", choices=["calls", "kills", "mutations"], default=["calls", "kills", "mutations"])
    parser.add_argument("--limit", type=int)
    parser.add_argument("--short", action="store_true", help="a sample that takes about a minute")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--verb", nargs="+")
    parser.add_argument("--keep", metavar="DIR", help="where mutated files go that something was wrong with")
    arguments = parser.parse_args()
    limits = SHORT if arguments.short else dict.fromkeys(SHORT, arguments.limit)
    tried = Faults(arguments.tools, arguments.seed, arguments.jobs, lambda line: print(line, flush=True), arguments.keep)
    wrong = []
    with tried:
        for name in arguments.only:
            line, faults = getattr(tried, name)(limits[name], arguments.verb)
            print(f"{name}: {line}")
            wrong += faults
    for fault in wrong:
        print("  " + fault)
    sys.exit(1 if wrong else 0)


class Faults:
    """The preload library and the scene, and the three ways to try them. Each gives a line of counts and what was wrong."""

    def __init__(self, tools, seed=1, jobs=2, report=print, keep=None, edge=None):
        self.edge = os.path.abspath(edge or os.path.join(tools, "mist-edge"))
        self.tools, self.seed, self.jobs, self.report, self.keep = os.path.abspath(tools), seed, jobs, report, keep

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="mist-faults-")
        self.library = preload.build(self.folder.name)
        self.scene = Scene(self.tools, self.edge, os.path.join(self.folder.name, "scene"))
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def calls(self, limit=None, verbs=None):
        tried, statuses, wrong = calls.survey(self.scene, self.library, limit, self.seed, self.jobs, self.report, verbs)
        faults = [f"{verb}: {call} ({', '.join(map(str, sorted(numbers)))}) {reason} {about}: {problem}; {sentence}"
                  for (verb, call, reason, about, problem), (sentence, *numbers) in wrong.items()]
        return f"{tried} failed in turn, {sum(len(w) - 1 for w in wrong.values())} wrong; {ended(statuses)}", faults

    def kills(self, limit=None, verbs=None):
        tried, wrong = kills.survey(self.scene, self.library, limit or kills.MOMENTS, self.jobs, self.report, verbs)
        return f"{tried} signals, {len(wrong)} wrong", wrong

    def mutations(self, limit=None, verbs=None):
        tried, statuses, wrong = mutations.survey(
            self.scene, self.library, limit or mutations.COUNT, self.seed, self.jobs, self.report, self.keep)
        return f"{tried} files, {len(wrong)} wrong; {ended(statuses)}", wrong


def ended(statuses):
    return "ended with " + ", ".join(f"{status} {count} times" for status, count in statuses.most_common())


if __name__ == "__main__":
    main()
