"""From a partition's arrival to the retrained version in validation: seconds, and which of them are waiting.

    python bench/arrival.py

The flights run in a real Airflow. A first version is champion; all days but one that a new training needs have come.
Then the last one is ingested: its features are built, the clock sees that enough new labelled days are there and asks,
`retrain` launches, `train` makes the version, `validate` begins to judge it. The clock, once a day in life, is
triggered here as soon as the features are built. What is not the work of one of these tasks is waiting: for the
scheduler, for a process to start, for an asset event to become a run.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import yaml
from common import MODEL, finish, installation, say

from perennial.keys import Window
from perennial.local import stack
from perennial.local.api import Airflow
from perennial.settings import Settings
from perennial.stages import STAGES

CHAIN = ("ingest", "features", "clock", "retrain", "train", "validate")
JUDGED = ("validate", "evaluate")
FIRST = Window(date(2013, 1, 1), date(2013, 3, 31))
NEXT = Window(date(2013, 4, 1), date(2013, 4, 13))
ARRIVES = date(2013, 4, 14)
"""The fourteenth labelled day after the last that the first version learnt from comes with it: 13 April's."""
TARGET = 120.0


@dataclass(frozen=True)
class Work:
    """One task of the chain."""

    stage: str
    task: str
    begin: datetime
    end: datetime


def main() -> None:
    argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0]).parse_args()
    with installation() as settings:
        prepared = _eager(settings)
        here = stack.up(prepared)
        try:
            with here.client(patience=120.0) as airflow:
                result = _measured(airflow)
        finally:
            stack.down(prepared, grace=1.0)
    finish(result)


def summary(work: Sequence[Work], begin: datetime) -> dict[str, Any]:
    """Return total, waiting and each stage's seconds until the gates begin; the longest gaps with what ended them."""
    ends = next(one.begin for one in work if (one.stage, one.task) == JUDGED)
    before = sorted((one for one in work if one.begin < ends), key=lambda one: one.begin)
    total, gaps = (ends - begin).total_seconds(), _gaps(before, begin, ends)
    stages = {stage: _seconds(one for one in before if one.stage == stage) for stage in CHAIN}
    return {
        "seconds": round(total, 1),
        "waiting": round(sum(gap for gap, _ in gaps), 1),
        "stages": {stage: round(taken, 1) for stage, taken in stages.items()},
        "gaps": [{"seconds": round(gap, 1), "before": name} for gap, name in sorted(gaps, reverse=True)[:5]],
        "target": TARGET,
        "passed": total <= TARGET,
    }


def _gaps(work: Sequence[Work], begin: datetime, ends: datetime) -> list[tuple[float, str]]:
    """Return the times in which no task of the chain ran, and the task that ended each."""
    found, reached = [], begin
    for one in work:
        if one.begin > reached:
            found.append(((one.begin - reached).total_seconds(), f"{one.stage}.{one.task}"))
        reached = max(reached, min(one.end, ends))
    return [*found, ((ends - reached).total_seconds(), ".".join(JUDGED))]


def _seconds(work: Iterable[Work]) -> float:
    return sum((one.end - one.begin).total_seconds() for one in work)


def _eager(settings: Settings) -> Settings:
    """Let the flights be trained again as soon as fourteen new days have come."""
    models = settings.var / "models"
    (models / MODEL).mkdir(parents=True)
    for path in (settings.models / MODEL).iterdir():
        if path.is_file():
            (models / MODEL / path.name).write_bytes(path.read_bytes())
    spec = models / MODEL / "model.yaml"
    content = yaml.safe_load(spec.read_text(encoding="utf-8"))
    content["retrain"] |= {"cooldown": "0d", "on_new_data": "14d"}
    spec.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return replace(settings, models=models)


def _measured(airflow: Airflow) -> dict[str, Any]:
    for stage in STAGES:
        airflow.unpause(f"{MODEL}.{stage}")
    say("the first quarter, and its version")
    _run(airflow, "ingest", {"start": str(FIRST.first), "end": str(FIRST.last)})
    _run(airflow, "retrain", {"reason": "the first version"})
    _run(airflow, "ingest", {"start": str(NEXT.first), "end": str(NEXT.last)})
    known = {run.run_id for stage in CHAIN for run in airflow.runs(f"{MODEL}.{stage}")}
    say(f"{ARRIVES} arrives")
    begin = datetime.now(UTC)
    airflow.trigger(f"{MODEL}.ingest", partition_key=str(ARRIVES))
    airflow.until(lambda: _ended(airflow, "features", known), 300, lambda: "features of the day")
    airflow.trigger(f"{MODEL}.clock", partition_key=str(ARRIVES))
    airflow.until(lambda: _ended(airflow, "validate", known), 900, lambda: "a judged version")
    return summary([one for stage in CHAIN for one in _work(airflow, stage, known)], begin)


def _run(airflow: Airflow, stage: str, conf: dict[str, Any]) -> None:
    airflow.wait(f"{MODEL}.{stage}", airflow.trigger(f"{MODEL}.{stage}", conf))
    airflow.wait_quiet([f"{MODEL}.{one}" for one in STAGES])


def _ended(airflow: Airflow, stage: str, known: set[str]) -> bool:
    runs = [run for run in airflow.runs(f"{MODEL}.{stage}") if run.run_id not in known]
    return any(run.ended for run in runs)


def _work(airflow: Airflow, stage: str, known: set[str]) -> list[Work]:
    """Return what the new runs of a stage did; a task that was skipped took no time."""
    runs = [run.run_id for run in airflow.runs(f"{MODEL}.{stage}") if run.run_id not in known]
    tasks = [task for run_id in runs for task in airflow.task_instances(f"{MODEL}.{stage}", run_id)]
    return [Work(stage, task.task_id, task.started, task.ended) for task in tasks if task.started and task.ended]


if __name__ == "__main__":
    main()
