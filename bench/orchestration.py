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
import json
import os
import runpy
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from common import finish, installation, say

from perennial.context import open_context
from perennial.errors import SetupError
from perennial.keys import Window
from perennial.local.airflow_env import common as airflow_env
from perennial.settings import PROJECT, Settings
from perennial.spec import load_spec
from perennial.stages import Call, run_stage

TARGET = 1 / 3
"""At most this share of the demo is orchestration."""
ROOMS = ("ingest", "features", "training", "validation", "promotion")
ROOMS += ("scoring", "monitoring", "retraining", "retirement", "clock")


class Timed(NamedTuple):
    stage: str
    seconds: float


@dataclass(frozen=True)
class Played:
    """A demo that was played from the beginning to the end."""

    model: str
    calls: Sequence[Mapping[str, Any]]
    seconds: float
    ended: datetime
    outcome: Mapping[str, Any]


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


def played(folder: Path, settings: Settings) -> Played:
    """Read what a demo left; raises SetupError when it was not played, or not from the beginning in one go."""
    calls, report = folder / "calls.json", folder / "summary.json"
    if not calls.exists() or not report.exists():
        raise _no_demo("no demo was played here", "make demo")
    made, told = (json.loads(path.read_text(encoding="utf-8")) for path in (calls, report))
    first = load_spec(settings.models / told["model"] / "model.yaml").source.first
    whole = bool(made) and made[0]["stage"] == "ingest" and Window.parse(asked(made[0]).key).first == first
    if not whole or len(made) != told["dag_runs"]:
        raise _no_demo(
            f"a demo that went on where an earlier one stopped ({len(made)} runs)", "make clean && make demo"
        )
    came = {"champion": told["champion"], "passed": [one["passed"] for one in told["versions"]]}
    ended = datetime.fromtimestamp(report.stat().st_mtime, UTC)
    return Played(told["model"], made, told["seconds"], ended, came | {"decisions": told["decisions"]})


def warm() -> None:
    """Import what a worker holds before it forks a task, and the stages."""
    say("loading the libraries")
    libraries = runpy.run_path(str(PROJECT / "config" / "airflow_local_settings.py"))["LIBRARIES"]
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


def outcome(settings: Settings, model: str) -> dict[str, Any]:
    """Return what the calls came to: champion, verdicts, decisions on retraining."""
    history = open_context(model, settings=settings).chain.history()
    verdicts = [history.verdict(number) for number in history.versions]
    return {
        "champion": history.champion,
        "passed": [verdict.payload["passed"] if verdict else None for verdict in verdicts],
        "decisions": [event.payload["outcome"] for event in history.of("retraining.decided")],
    }


def check_same(demo: Played, came: Mapping[str, Any]) -> None:
    """End the benchmark where the same calls came to something else: their seconds could not be compared."""
    if came != demo.outcome:
        raise SystemExit(f"the demo came to {demo.outcome}, its calls now to {came}; was the code changed since?")


def asked(call: Mapping[str, Any]) -> Call:
    """Return what a DAG run was asked, by its key and its parameters, as its tasks read them."""
    conf = call["conf"] or {}
    key = call["key"] or conf.get("version") or ""
    if not key and conf.get("start"):
        key = f"{conf['start']}..{conf.get('end') or conf['start']}"
    return Call(key, conf.get("reason") or "", dry_run=bool(conf.get("dry_run")))


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


def _no_demo(found: str, command: str) -> SetupError:
    return SetupError(
        "demo", expected="a demo, played from the beginning to the end", found=found, next_command=command
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--demo", type=Path, default=Settings.load().var / "demo", help="where the demo left its files")
    parser.add_argument("--first", type=int, help="make only so many calls again; gives no share")
    return parser.parse_args()


if __name__ == "__main__":
    main()
