"""SIGKILL, SIGINT and SIGTERM at many moments of every verb that writes: the same bytes after it is run again, and nothing left over."""
import signal
from concurrent.futures import ThreadPoolExecutor

import calls
import preload
import tool

MOMENTS = 40
VERBS = ("convert", "convert --prepack", "convert --to hf", "extract", "train", "export", "predict",
         "extract masks", "train masks", "predict masks", "edge tune")


def verdict(verb, number, moment):
    """What is wrong, or None, after `number` was sent at the `moment`-th call."""
    page = preload.Page(verb.library, verb.scene.root, signal=number, moment=moment)
    with tool.Folder(verb.scene.root) as out:
        ended = tool.run(verb.command(out), page.environment)
        page.read()
        # A run that was over, or nearly, may end as it would have.
        if ended.status not in (-number, 128 + number, 0):
            return f"ended with {ended.status}: {ended.errors.strip()[-200:]}"
        left = tool.listing(out)
        if number != signal.SIGKILL or ended.status == 0:
            for name, digest in left.items():
                # What goes on keeps what is finished, for the next.
                file = name.rsplit("/", 1)[-1]
                unfinished = file.startswith(".") or file.endswith(".tmp") if verb.resumes else name not in verb.clean[1]
                if unfinished or (name in verb.clean[1] and digest != verb.clean[1][name]):
                    return f"leaves {name}"
        if ended.status == 0:
            difference = verb.difference(*tool.results(ended, out))
            if difference:
                return "status 0, " + difference
        again = tool.run(verb.command(out))
        if again.status != 0:
            return f"cannot be run again: {again.errors.strip()[-200:]}"
        output, files = tool.results(again, out)
        difference = verb.difference(verb.clean[0] if verb.resumes else output, files)
        return difference and "run again: " + difference


def survey(scene, library, moments, jobs, report, verbs=None):
    """Sends each signal at `moments` moments, evenly spread. Returns (signals sent, sentences of what was wrong)."""
    wrong, tried = [], 0
    for name, command in scene.commands().items():
        if name not in (verbs or VERBS):
            continue
        verb = calls.Verb(scene, library, name, command)
        total = verb.total
        moments_of = [max(1, total * (2 * i + 1) // (2 * moments)) for i in range(moments)]
        cases = [(number, at) for number in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM) for at in moments_of]
        with ThreadPoolExecutor(jobs) as pool:
            found = list(zip(cases, pool.map(lambda case: verdict(verb, *case), cases)))
        bad = {}
        for (number, at), problem in found:
            if problem:
                bad.setdefault((number.name, problem), []).append(at)
        wrong += [f"{name}: {number} at call {', '.join(map(str, at))} of {total}: {problem}" for (number, problem), at in bad.items()]
        tried += len(cases)
        report(f"{name}: {len(cases)} signals over {total} calls, {sum(map(len, bad.values()))} wrong")
    return tried, wrong
