"""What the benchmarks of retraining count."""

from __future__ import annotations

import importlib
from datetime import timedelta
from typing import Any

import pytest

from perennial.settings import PROJECT
from unit.retraining.told import WALL, asked, decided, history, ident, launched, registered

DONE = (launched("t1", ident("a"), ident("b")), registered("t1", 1))


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(PROJECT / "bench")
    return importlib.import_module


def test_a_storm_of_which_nothing_is_lost_passes(bench: Any) -> None:
    stormy = history(asked("a"), asked("b"), *DONE, asked("c"), decided("wait", ident("c")))
    after = history(*_told(stormy), decided("refuse", ident("c")))
    told = bench("retraining_queue").summary(stormy, after, 3)
    assert (told["asked"], told["trainings"], told["closed_in_the_storm"], told["closed_later"]) == (3, 1, 2, 1)
    assert told["decisions"] == {"launch": 1, "wait": 1, "refuse": 0}
    assert (told["open"], told["lost"], told["passed"]) == (0, 0, True)


@pytest.mark.parametrize("signals", [2, 4])
def test_a_storm_with_fewer_requests_or_two_trainings_fails(bench: Any, signals: int) -> None:
    one = history(asked("a"), asked("b"), *DONE)
    assert bench("retraining_queue").summary(one, one, signals)["passed"] is (signals == 2)
    two = history(asked("a"), asked("b"), *DONE, launched("t2"))
    assert not bench("retraining_queue").summary(two, two, signals)["passed"]


def test_waiting_is_when_no_task_of_the_chain_runs(bench: Any) -> None:
    arrival = bench("arrival")

    def work(stage: str, task: str, begin: float, end: float) -> Any:
        return arrival.Work(stage, task, WALL + timedelta(seconds=begin), WALL + timedelta(seconds=end))

    told = arrival.summary(
        [
            work("features", "build", 5, 9),
            work("ingest", "load", 2, 4),
            work("train", "fit", 8, 20),
            work("validate", "evaluate", 21, 90),
            work("validate", "announce", 91, 92),
        ],
        WALL,
    )
    assert (told["seconds"], told["waiting"]) == (21.0, 2 + 1 + 1)
    assert told["stages"] == {"ingest": 2.0, "features": 4.0, "clock": 0, "retrain": 0, "train": 12.0, "validate": 0}
    assert told["gaps"][0] == {"seconds": 2.0, "before": "ingest.load"}


def _told(before: Any) -> list[Any]:
    from unit.retraining.told import Told

    return [Told(one.type, one.payload, one.key, one.once, one.business_time, one.run) for one in before.events]
