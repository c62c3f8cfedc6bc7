"""Reminder, escalation, end: each once, in order, on wall time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from perennial.policy import Approval
from perennial.promotion.deadlines import deadlines, due, next_at
from unit.validation.told import history

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ASKED = history(("approval.asked", "v1", deadlines(Approval(by="people"), NOW))).events[0]
STEPS = ["approval.reminded", "approval.escalated", "time-out"]
HOURS = st.integers(0, 24 * 9).map(lambda hours: NOW + timedelta(hours=hours))


def test_after_three_five_and_seven_days() -> None:
    assert due(ASKED, [], NOW + timedelta(days=3, seconds=-1)) is None
    for days, step, told in ((3, STEPS[0], []), (5, STEPS[1], STEPS[:1]), (7, STEPS[2], STEPS[:2])):
        assert due(ASKED, told, NOW + timedelta(days=days)) == step
        assert due(ASKED, [*told, step], NOW + timedelta(days=days)) is None


@given(HOURS)
def test_steps_that_were_missed_are_taken_in_order_and_the_end_is_the_last(now: datetime) -> None:
    told: list[str] = []
    while step := due(ASKED, told, now):
        told.append(step)
    assert told == STEPS[: len(told)]


@given(HOURS)
def test_it_is_looked_at_again_when_something_is_due(now: datetime) -> None:
    at = next_at(ASKED, now)
    taken = [step for step in STEPS if due(ASKED, [one for one in STEPS if one != step], now) == step]
    assert at >= now
    assert len(taken) == len(STEPS) or due(ASKED, taken, at) is not None
