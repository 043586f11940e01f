"""The tools under faults, as Tests/Faults tries them: every call, forty moments of every signal, ten thousand mutated files."""
import os
import shutil
import sys

from report import row

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Faults"))

PROMISES = {
    "calls": "no hang, no signal, no status 0 with anything missing, nothing half written",
    "kills": "the same bytes when run again, nothing left over",
    "mutations": "statuses 0, 64, 65, 66, 74; 2 s and 256 MiB beyond the valid file",
}


def under_faults(places):
    """Calls that fail, kills and mutated files."""
    import faults

    with faults.Faults(os.path.dirname(shutil.which("mist")), edge=shutil.which(places.edge)) as tried:
        for name, promise in PROMISES.items():
            line, wrong = getattr(tried, name)()
            for fault in wrong:
                print("  " + fault)
            row(f"faults: {name}", promise, line, not wrong)
