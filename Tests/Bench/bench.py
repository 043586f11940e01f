"""mist beside its peers, in turns within one run. Run by `./dev bench`.

    bench.py [--only WORK ...] [--json FILE] [--again] [--rounds 3] [--seconds 8] [--threads 2] [--data DIR]

A work is measured in rounds, each of which runs every tool once; ratios are taken round by round, because machines drift. Medians,
smallest and largest are printed and recorded, with the peak memory of each process. With --json a work that FILE already holds is not
measured again, so that a run that was cut goes on: but for a trial of a busy machine, one of which a tool failed, and with --again. FILE
is written after every work. All works take about an hour on two cores that do nothing else.
"""
import argparse
import datetime
import json
import os
import sys
import time

sys.dont_write_bytecode = True
import works  # noqa: E402
from measuring import Unavailable, measure, run, table  # noqa: E402
from places import Places  # noqa: E402
from record import QUIET, Record, versions  # noqa: E402


def chosen(name):
    found = works.named(name)
    if not found:
        raise argparse.ArgumentTypeError(f"no work {name}; there are {', '.join(works.WORKS)}")
    return found


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", type=chosen, default=[list(works.WORKS)], metavar="WORK")
    parser.add_argument("--json", metavar="FILE", help="where the figures are recorded")
    parser.add_argument("--again", action="store_true", help="measure also what FILE holds")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--data", help="a folder with camvid-ade, for extract-jpegs")
    arguments = parser.parse_args()
    if arguments.rounds < 1 or arguments.seconds <= 0 or arguments.threads < 1:
        parser.error("--rounds, --seconds and --threads must be positive")
    return arguments


def machine(arguments):
    """What `mist bench` measures of the machine, just now."""
    return json.loads(run("mist", "bench", "--threads", arguments.threads, "--json"))["machine"]


def tell(found):
    print(f"machine: {found.get('processor', 'unknown')}, {found['threads']} threads", flush=True)
    for peak in found["peaks"]:
        speed = f"{peak['gigaflops']:.0f} GFLOP/s ({peak['instruction']})" if "gigaflops" in peak else "absent"
        print(f"  multiply-adds, {peak['precision']}: {speed}")
    print(f"  memory: reads {found['readGigabytesPerSecond']:.1f}, copies {found['copyGigabytesPerSecond']:.1f} GB/s", flush=True)


def main():
    arguments = parsed()
    # Some machines pin OpenBLAS to an older core; neither side is measured under that.
    os.environ.pop("OPENBLAS_CORETYPE", None)
    here = machine(arguments)
    tell(here)
    about = versions()
    record = Record(arguments.json, {**here, **about})
    places, failed = Places(arguments), []
    for name in dict.fromkeys(name for names in arguments.only for name in names):
        work = works.WORKS[name]
        if record.has(name) and not arguments.again:
            print(f"\n-- {name}: recorded already", flush=True)
            continue
        print(f"\n-- {name}: {work.title}, {arguments.threads} threads", flush=True)
        share = machine(arguments)["processorShare"]
        if share < QUIET:
            print(f"  BUSY: other work leaves {100 * share:.0f} % of the processors; this is a trial", flush=True)
        start = time.monotonic()
        try:
            rows, lost = measure(work.entries(places), arguments.rounds, work.unit)
        except Unavailable as reason:
            print(f"  skipped: {reason}", flush=True)
            continue
        except Exception as error:  # the other works are still worth their time
            failed.append(name)
            print(f"  FAILED: {type(error).__name__}: {error}", flush=True)
            continue
        seconds = time.monotonic() - start
        record.put(name, rows, {
            "title": work.title, "date": datetime.date.today().isoformat(), "threads": arguments.threads,
            "rounds": arguments.rounds, "seconds_per_measurement": arguments.seconds, "took_seconds": seconds,
            "processor_share": share, "commit": about["commit"], "failed": lost})
        failed += [f"{name} ({entry})" for entry in lost]
        print(f"\n{name}: median of {arguments.rounds} (smallest to largest), peak memory; took {seconds:.0f} s\n{table(rows)}", flush=True)
    if failed:
        sys.exit(f"bench: failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
