"""Every call of every verb after the first touch of its files, failing in turn."""
import collections
import errno
import random
from concurrent.futures import ThreadPoolExecutor

import preload
import tool

# What cannot be removed stays.
REMOVING = ("unlink", "unlinkat", "rmdir", "fts_read", "fts_open")
# Too many to try each; the language's runtime ends a process that gets no memory.
MEMORY, ALLOCATIONS = "malloc", 120
# From here on the disk is full, or the device gone.
LASTING = ("write", "pwrite", "pwrite64", "fwrite", "fsync", "pthread_create", "open", "mmap")


def cases(counts, limit, random_source):
    """(call, number, errno, how it fails) to try; at most `limit`, each function's in turn."""
    by_call = {}
    for call, count in sorted(counts.items()):
        every = [(call, n, reason, preload.ONCE) for n in range(1, count + 1) for reason in preload.reasons(call)]
        if call in LASTING:
            every += [(call, n, preload.reasons(call)[0], preload.ON) for n in range(1, count + 1)]
        random_source.shuffle(every)
        by_call[call] = every[:ALLOCATIONS] if call == MEMORY else every
    # Libraries start threads when they are loaded.
    by_call["threads"] = [("pthread_create", n, preload.reasons("pthread_create")[0], preload.FROM_START) for n in (3, 2, 1)]
    chosen = []
    while by_call and (limit is None or len(chosen) < limit):
        for call in list(by_call):
            chosen.append(by_call[call].pop())
            if not by_call[call]:
                del by_call[call]
    return chosen[:limit]


class Verb:
    """One verb's command line, its clean results, and the verdicts on it."""

    def __init__(self, scene, library, name, command):
        self.scene, self.library, self.name, self.command = scene, library, name, command
        # What it leaves unfinished is taken up by the next run.
        self.resumes = name.startswith(("extract", "edge tune"))
        self.clean, self.counts = self.measure()
        assert self.counts, f"{name}: no call was seen; a static program takes no preload"
        again, counts = self.measure()
        assert again == self.clean, f"{name} gives other results when it runs again"
        # Threads make the last calls of a run uncertain; the fewer are sure.
        self.counts = {call: min(n, counts[call]) for call, n in self.counts.items() if call in counts}

    @property
    def total(self):
        return sum(count for call, count in self.counts.items() if call != MEMORY)

    def measure(self):
        page = preload.Page(self.library, self.scene.root)
        with tool.Folder(self.scene.root) as out:
            outcome = tool.run(self.command(out), page.environment)
            assert outcome.status == 0, f"{self.name}: {outcome.status} {outcome.errors}"
            return tool.results(outcome, out), page.read()[2]

    def verdict(self, case):
        """(status, what is wrong or None, what the call was about) with one call failing; None where it never came to that call."""
        call, number, reason, how = case
        page = preload.Page(self.library, self.scene.root, call, number, reason, how)
        with tool.Folder(self.scene.root) as out:
            outcome = tool.run(self.command(out), page.environment)
            failed, about, _ = page.read()
            if not failed:
                return None
            # Without memory it must end, and what it leaves must do no harm; how it ends is the runtime's.
            wrong = outcome.ending() if call != MEMORY or outcome.status is None else None
            wrong = wrong or self.compare(outcome, out, call, about)
            sentence = outcome.errors.strip().splitlines()[-1:] or [""]
            about, sentence = (text.replace(out, "OUT").replace(self.scene.root, "ROOT") for text in (about, sentence[0]))
            return outcome.status, wrong, "standard output" if about.endswith("(deleted)") else about, sentence

    def compare(self, outcome, out, call, about):
        output, files = tool.results(outcome, out)
        if outcome.status == 0:
            return self.missing(output, files, outcome.errors, call, about)
        clean_files = self.clean[1]
        # Whether the next run does is asked below.
        resumes = self.resumes or call == MEMORY
        for name, digest in sorted(files.items()):
            if name not in clean_files and not resumes and call not in REMOVING:
                return f"leaves {name}"
            if digest != clean_files.get(name) and name in clean_files:
                return f"leaves another {name}"
        again = tool.run(self.command(out))
        if again.status != 0:
            return f"cannot be run again: {again.errors.strip().splitlines()[-1:]}"
        output, files = tool.results(again, out)
        difference = self.difference(self.clean[0] if self.resumes else output, files)
        return "run again: " + difference if difference and not (call in REMOVING and "more" in difference) else None

    def missing(self, output, files, errors, call, about):
        """What a run that says it succeeded lacks."""
        difference = self.difference(output, files)
        if difference is None or (call in REMOVING and "more" in difference):
            return None
        # An image that cannot be read is skipped, by name: in what is printed and in the manifest.
        name = about.rsplit("/", 1)[-1]
        if name.endswith(".png") and name in output + errors:
            return None
        return "status 0, " + difference

    def difference(self, output, files):
        clean_output, clean_files = self.clean
        for name in sorted(set(files) | set(clean_files)):
            if name not in files:
                return f"{name} is missing"
            if name not in clean_files:
                return f"{name} is more than the clean run leaves"
            if files[name] != clean_files[name]:
                return f"{name} is another"
        return None if output == clean_output else "the output is another"


def survey(scene, library, limit, seed, jobs, report, verbs=None):
    """Tries at most `limit` cases of each verb (None: all). Returns (cases, statuses, faults by kind)."""
    statuses, faults, tried = collections.Counter(), {}, 0
    for name, command in scene.commands().items():
        if verbs and name not in verbs:
            continue
        verb = Verb(scene, library, name, command)
        chosen = cases(verb.counts, limit, random.Random(f"{seed} {name}"))
        with ThreadPoolExecutor(jobs) as pool:
            found = list(zip(chosen, pool.map(verb.verdict, chosen)))
        wrong = 0
        for (call, number, reason, how), result in found:
            if result is None:
                continue
            status, problem, about, sentence = result
            tried += 1
            statuses[status] += 1
            if problem:
                wrong += 1
                kind = (name, call + how, errno.errorcode[reason], about, problem)
                faults.setdefault(kind, [sentence]).append(number)
        report(f"{name}: {verb.total} calls of {len(verb.counts)} functions, {len(chosen)} failed in turn, {wrong} wrong")
    return tried, statuses, faults
