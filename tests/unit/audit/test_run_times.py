"""The newest run of each stage against the usual ones, tries of one run added up."""

from __future__ import annotations

from dataclasses import replace

from perennial.audit.run_times import in_a_line
from perennial.ledger.event import Event
from unit.metering.told import cost, event, history


def run(number: int, seconds: float, stage: str = "score") -> Event:
    return replace(cost(stage, seconds=seconds), run=f"m.{stage}/{number}", seq=number)


def test_nothing_ran_yet() -> None:
    assert in_a_line(history()) == "none yet"


def test_the_newest_run_stands_beside_the_median_of_ten_before_it() -> None:
    ran = [run(1, 900.0), *(run(number, float(number)) for number in range(2, 13))]
    assert in_a_line(history(*ran)) == "score 12.0 s (usually 6.5 s)"


def test_tasks_and_tries_of_one_run_are_one() -> None:
    ran = [run(1, 2.0, "features"), run(2, 1.5, "features"), run(2, 1.5, "features"), run(1, 7.0)]
    assert in_a_line(history(*ran)) == "features 3.0 s (usually 2.0 s); score 7.0 s"


def test_a_run_that_only_failed_says_nothing_of_the_time_a_stage_takes() -> None:
    refused = replace(run(3, 0.1), payload={**run(3, 0.1).payload, "well": False})
    retried = replace(run(2, 1.0), payload={**run(2, 1.0).payload, "well": False})
    assert in_a_line(history(run(1, 2.0), retried, run(2, 5.0), refused)) == "score 6.0 s (usually 2.0 s)"
    assert in_a_line(history(refused)) == "none yet"


def test_runs_by_hand_are_told_apart() -> None:
    ran = [replace(run(number, float(number)), run="local") for number in (1, 2, 4)]
    assert in_a_line(history(*ran)) == "score 4.0 s (usually 1.5 s)"


def test_the_last_late_run_is_named() -> None:
    late = event("run.late", key="2013-04-01", stage="score")
    assert in_a_line(history(run(1, 2.0), late)) == "score 2.0 s; last late: score 2013-04-01"
