"""Mutated files through real command lines: a status of the contract, in about the valid file's time and memory."""
import collections
import os
import random
from concurrent.futures import ThreadPoolExecutor

import mutators
import tool
from targets import targets

COUNT = 10_000
SECONDS, BYTES = 2.0, 256 << 20


def perform(target, number, data, root):
    """Runs a target's command `number` on its files with `data` in place; the outcome, and what it left where it failed."""
    with tool.Folder(root) as folder:
        inside, out = os.path.join(folder, "in"), os.path.join(folder, "out")
        os.makedirs(inside)
        os.makedirs(out)
        target.place(inside, data)
        command = [word.replace("IN/", inside + "/").replace("OUT/", out + "/") if word != "IN" else inside
                   for word in target.commands[number]]
        outcome = tool.run(command)
        # An extraction keeps what is finished; what a refused one of anything else leaves is half of something.
        left = [] if command[1] == "extract" else sorted(tool.listing(out))
        outcome.errors = outcome.errors.replace(folder, "CASE")
        return outcome, left if outcome.status != 0 else []


def verdict(outcome, left, valid):
    """What is wrong, or None."""
    wrong = outcome.ending()
    if wrong:
        return wrong
    if left:
        return f"leaves {left[0]}"
    if outcome.seconds > valid.seconds + SECONDS:
        return f"{outcome.seconds:.1f} s, and {valid.seconds:.1f} s with the valid file"
    if outcome.memory > valid.memory + BYTES:
        return f"{outcome.memory >> 20} MiB, and {valid.memory >> 20} MiB with the valid file"
    return None


def case(number, seed, every):
    """The target, command and bytes of a numbered mutant; the same in every run."""
    source = random.Random(f"{seed} {number}")
    target, original = every[number % len(every)]
    data, names = mutators.mutate(original, source)
    return target, source.randrange(len(target.commands)), data, names


def survey(scene, library, count, seed, jobs, report, keep=None):
    """Tries `count` mutants. Returns (count, statuses, sentences of what was wrong); `keep` is where the bad files go."""
    every = [(target, target.original()) for target in targets(scene, library)]
    cases, valid = [case(number, seed, every) for number in range(count)], {}
    for target, command, *_ in cases:
        if (target.name, command) not in valid:
            outcome, _ = perform(target, command, target.original(), scene.root)
            assert outcome.status in (0, 65), f"{target.name}: {target.commands[command]}: {outcome.status} {outcome.errors}"
            valid[target.name, command] = outcome
    report(f"mutations: {len(every)} files, {len(valid)} command lines")
    statuses, wrong = collections.Counter(), []

    def attempt(mutant):
        target, command, data, names = mutant
        outcome, left = perform(target, command, data, scene.root)
        return target, command, data, names, outcome, verdict(outcome, left, valid[target.name, command])

    with ThreadPoolExecutor(jobs) as pool:
        for number, (target, command, data, names, outcome, problem) in enumerate(pool.map(attempt, cases)):
            statuses[outcome.status] += 1
            if problem:
                words = " ".join(os.path.basename(word) for word in target.commands[command][:2])
                sentence = (outcome.errors.strip().splitlines() or [""])[-1][:300]
                wrong.append(f"mutant {number} of {target.name} ({names}), {words}: {problem}; {sentence}")
                if keep:
                    with open(os.path.join(keep, f"{number}-{os.path.basename(target.victim)}"), "wb") as file:
                        file.write(data)
            if number % 1000 == 999:
                report(f"mutations: {number + 1}, {len(wrong)} wrong")
    return count, statuses, wrong
