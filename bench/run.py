"""Measure, and write the figures into docs/benchmarks.md, between its markers: what `make bench` does.

    python bench/run.py [--quick] [--out FILE]

Each benchmark is a program of its own, run one after the other in a fresh process. Exit 1 when one failed or missed its
target; one that has nothing to measure (no demo was played) says so. `--quick` looks whether all of it works, with
sizes that mean nothing, and prints the text unless a file is named.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import document
from common import clean_up_on_signals, say

from perennial.settings import PROJECT

BENCH = Path(__file__).resolve().parent
DOCUMENT = PROJECT / "docs" / "benchmarks.md"
PATIENCE = 60.0  # s; what a benchmark gets to end its Postgres
FULL: Mapping[str, tuple[str, ...]] = {
    "training_set": (),
    "scoring": (),
    "orchestration": (),
    "gates": (),
    "rollback": (),
    "fairness_coverage": (),
    "metering": (),
    "estimate": (),
    "unchanged_groups": (),
    "false_alarms": (),
    "drift_check": (),
    "year": (),
    "retraining_queue": (),
    "arrival": (),
}
QUICK: Mapping[str, tuple[str, ...]] = {
    "training_set": ("--days=3", "--repeats=1"),
    "scoring": ("--rows=20000", "--trees=5", "--repeats=1"),
    "orchestration": ("--first=3",),
    "gates": ("--window=365", "--holdout=61"),
    "rollback": ("--repeats=1",),
    "fairness_coverage": ("--trials=10", "--draws=200"),
    "metering": ("--repeats=2", "--days=1", "--events=10"),
    "estimate": ("--until=2013-05-31", "--years=1"),
    "unchanged_groups": ("--years=1",),
    "false_alarms": ("--references=1", "--years=1", "--seconds=1"),
    "drift_check": ("--rows", "100000"),
    "year": ("--until=2013-04-14",),
    "retraining_queue": ("--signals=40", "--seconds=15"),
    "arrival": (),
}


def main() -> None:
    options = _options()
    clean_up_on_signals()
    out = options.out or (None if options.quick else DOCUMENT)
    kept = out.read_text(encoding="utf-8") if out and out.exists() else f"{document.BEGIN}\n{document.END}\n"
    document.put(kept, "")  # that the text has its markers is better known before an hour of work than after
    here = machine()
    results = {name: measure(name, arguments) for name, arguments in (QUICK if options.quick else FULL).items()}
    text = document.render(here, results)
    if out:
        out.write_text(document.put(kept, text), encoding="utf-8")
        say(f"written: {out}")
    else:
        print(text)
    missed = document.missed(results)
    for name, why in missed.items():
        say(f"{name}: {why}")
    failed = any("failed" in result for result in results.values())
    sys.exit(1 if failed or (missed and not options.quick) else 0)


def machine() -> dict[str, Any]:
    """Describe what the figures were measured on, before anything of ours runs."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "cores": os.cpu_count() or 1,
        "memory_gib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3,
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


def measure(name: str, arguments: tuple[str, ...]) -> dict[str, Any]:
    """Run one benchmark and return its result, or why it has none; its progress goes to our stderr."""
    say(f"== {name}")
    command = [sys.executable, str(BENCH / f"{name}.py"), *arguments]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        told, _ = child.communicate()
    except BaseException:
        child.terminate()  # it ends its Postgres; killed at once, it could not
        child.wait(PATIENCE)
        raise
    try:
        return dict(json.loads(told))
    except json.JSONDecodeError:
        return {"passed": False, "failed": f"`bench/{name}.py` ended with exit code {child.returncode} and no result"}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes: does it work?")
    parser.add_argument("--out", type=Path, help=f"the document to write into (default: {DOCUMENT.name})")
    return parser.parse_args()


if __name__ == "__main__":
    main()
