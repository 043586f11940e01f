"""Commands that are killed with SIGKILL and run again: how that is done, and what must come of it."""
import filecmp
import os
import signal
import subprocess
import time

from report import run


def resumed(command, seconds, kills):
    """Runs `command`, which takes about `seconds`, killing it `kills` times at moments spread over the work, and then to its end. Returns how
    many kills met it alive."""
    met = 0
    for _ in range(kills):
        process = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # What was finished stays, so that this is later in the work every time, and never its end.
        time.sleep(0.8 * seconds / kills)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            met += 1
        process.wait()
    run(*command)
    return met


def differences(whole, other):
    """Names that only one of two folders has, or whose bytes differ; empty when they are the same."""
    names = sorted(os.listdir(whole))
    _, mismatch, errors = filecmp.cmpfiles(whole, other, names, shallow=False)
    return sorted(set(os.listdir(other)) ^ set(names)) + mismatch + errors
