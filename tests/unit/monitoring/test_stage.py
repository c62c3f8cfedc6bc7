"""A report is told once for what is known and said, and again where it comes back to what was said before."""

from __future__ import annotations

from dataclasses import replace

from perennial.ledger.event import Event
from perennial.monitoring.stage import name_of
from unit.validation.told import history

KEY = "2013-05-13..2013-05-26"
WELL, FAILED = f"v1:{KEY}:matured:90:a", f"v1:{KEY}:matured:90:b"


def reported(name: str, seq: int) -> Event:
    (event,) = history(("monitoring.reported", KEY, {})).events
    return replace(event, once=name, seq=seq)


def test_the_same_again_is_the_same_report() -> None:
    assert name_of(WELL, None) == WELL
    assert name_of(WELL, reported(WELL, 1)) == WELL


def test_what_was_said_before_a_failure_is_told_anew_after_it_and_once() -> None:
    failed = reported(name_of(FAILED, reported(WELL, 1)), 2)
    again = name_of(WELL, failed)
    assert again not in {WELL, failed.once}
    assert name_of(WELL, reported(again, 3)) == again
    assert name_of(FAILED, reported(again, 3)) not in {FAILED, failed.once}
