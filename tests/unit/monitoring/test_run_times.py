"""Which late runs of a stage are still out."""

from __future__ import annotations

from dataclasses import replace

from perennial.ledger.event import Event
from perennial.monitoring.run_times import ENDED, LATE, out
from unit.metering.told import event, history


def late(seq: int, run: str, stage: str = "score") -> Event:
    return replace(event(LATE, key="2013-04-01", stage=stage, run=run), seq=seq)


def ended(seq: int, run: str, *, well: bool) -> Event:
    return replace(event(ENDED, key="2013-04-01", stage="score", run=run, well=well), seq=seq)


def test_a_late_run_is_out_until_it_ends() -> None:
    assert out(history(late(1, "a"), late(2, "b", "train")), "score") == {"a"}
    assert out(history(late(1, "a"), ended(2, "a", well=False)), "score") == set()


def test_a_run_that_nobody_heard_the_end_of_is_over_with_a_later_one_that_ended_well() -> None:
    told = [late(1, "marked by hand"), late(2, "next")]
    assert out(history(*told, ended(3, "next", well=False)), "score") == {"marked by hand"}
    assert out(history(*told, ended(3, "next", well=True)), "score") == set()
    assert out(history(*told, ended(3, "next", well=True), late(4, "again")), "score") == {"again"}
