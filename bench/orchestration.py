"""What Airflow costs: the stage calls of `make demo` again, one after the other in this process, without Airflow.

    python bench/orchestration.py [--demo var/demo]

The demo keeps what was called (calls.json) and how long it took (summary.json). Here the same calls are made in the
same order, in an empty installation of the benchmark's own. Its tables are created before the clock starts and the
libraries that Airflow's workers hold are loaded; the demo's seconds hold everything, the start of Postgres and of
Airflow included. The share of orchestration is 1 - replay / demo; decisions must come out as they did in the demo.
"""

from __future__ import annotations

import argparse
import importlib
import os
import runpy
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from common import finish, installation, say
from played import Played, asked, check_same, outcome, played

from perennial.context import open_context
from perennial.errors import SetupError
from perennial.local.airflow_env import common as airflow_env
from perennial.settings import PROJECT, Settings
from perennial.stages import run_stage

TARGET = 1 / 3
"""At most this share of the demo is orchestration."""
ROOMS = ("ingest", "features", "training", "validation", "promotion")
ROOMS += ("scoring", "monitoring", "retraining", "retirement", "clock")


class Timed(NamedTuple):
    stage: str
    seconds: float


def main() -> None:
    options = _options()
    try:
        demo = played(options.demo, Settings.load())
    except SetupError as missing:
        say(f"orchestration: {missing}")
        finish({"missing": {"found": missing.found, "next": missing.next_command}})
    # As for a task; OpenMP reads its variables when it is loaded, hence before anything else is.
    os.environ |= {name: value for name, value in airflow_env().items() if not name.startswith("AIRFLOW")}
    calls = demo.calls[: options.first]
    with installation() as settings:
        warm()
        timed = list(replay(settings, demo.model, calls))
        if len(calls) == len(demo.calls):
            check_same(demo, outcome(settings, demo.model))
    finish(summary(demo, timed))


def warm() -> None:
    """Import what a worker holds before it forks a task, and the stages."""
    say("loading the libraries")
    libraries = runpy.run_path(str(PROJECT / "config" / "airflow_local_settings.py"))["LIBRARIES"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what some of them deprecate in others
        for name in (*libraries, *(f"perennial.{room}.stage" for room in ROOMS)):
            importlib.import_module(name)


def replay(settings: Settings, model: str, calls: Sequence[Mapping[str, Any]]) -> Iterator[Timed]:
    """Make the calls in order, each with a context of its own, as a DAG run has."""
    for number, call in enumerate(calls, 1):
        began = time.perf_counter()
        ctx = open_context(model, settings=settings, actor="bench", run=f"bench/{number}")
        list(run_stage(ctx, call["stage"], asked(call)))
        seconds = time.perf_counter() - began
        say(f"orchestration, call {number} of {len(calls)}: {call['stage']} {asked(call).key}, {seconds:.2f} s")
        yield Timed(call["stage"], seconds)


def summary(demo: Played, timed: Sequence[Timed]) -> dict[str, Any]:
    """Return the share and the seconds by stage; no share when only the first calls were made again."""
    stages: dict[str, list[float]] = {}
    for one in timed:
        stages.setdefault(one.stage, []).append(one.seconds)
    seconds = sum(one.seconds for one in timed)
    result: dict[str, Any] = {
        "calls": len(timed),
        "of": len(demo.calls),
        "demo_ended": demo.ended.isoformat(timespec="minutes"),
        "seconds": {"replay": round(seconds, 1), "demo": demo.seconds},
        "stages": {stage: {"calls": len(took), "seconds": round(sum(took), 1)} for stage, took in stages.items()},
        "target": TARGET,
    }
    if len(timed) < len(demo.calls):
        return result
    share = 1 - seconds / demo.seconds
    return result | {"share": round(share, 3), "passed": share <= TARGET}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--demo", type=Path, default=Settings.load().var / "demo", help="where the demo left its files")
    parser.add_argument("--first", type=int, help="make only so many calls again; gives no share")
    return parser.parse_args()


if __name__ == "__main__":
    main()
