"""Which days a hold has left unscored, over any order of features and scores."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from perennial.keys import DAY, Window
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.scoring.missed import PUBLISHED, WRITTEN, missed

START, FIRST = datetime(2026, 1, 1, tzinfo=UTC), date(2013, 4, 1)
STEPS = st.lists(st.tuples(st.sampled_from([WRITTEN, PUBLISHED]), st.integers(0, 9), st.integers(1, 3)), max_size=20)


def history(steps: list[tuple[str, int, int]], *, champion: bool = True) -> History:
    """One step a minute: features or scores of some days from a day on."""
    events = [_event(0, "champion.changed", {"version": 1})] if champion else []
    for minute, (type_, first, days) in enumerate(steps):
        table = {str(FIRST + (first + n) * DAY): {"sha256": "0" * 64, "rows": 1} for n in range(days)}
        events.append(_event(minute, type_, {"tables": {f"m/{type_}": table}}))
    return History("m", events)


def _event(minute: int, type_: str, payload: dict[str, object]) -> Event:
    at = START + timedelta(minutes=minute)
    return Event("m", minute + 1, type_, "k", "ann", "run", None, at, payload, None, None, "", "")


@given(STEPS, st.integers(0, 20))
def test_a_day_is_missed_when_its_last_features_are_newer_than_hold_and_scores(
    steps: list[tuple[str, int, int]], held: int
) -> None:
    windows = missed(history(steps), START + timedelta(minutes=held))
    last = {}
    for minute, (type_, first, days) in enumerate(steps):
        for n in range(first, first + days):
            last.setdefault(n, {})[type_] = minute
    wanted = {
        n for n, seen in last.items() if seen.get(WRITTEN, -1) >= held and seen[WRITTEN] > seen.get(PUBLISHED, -1)
    }
    assert {(day - FIRST).days for window in windows for day in window} == wanted
    assert all(left.last + DAY < right.first for left, right in pairwise(windows))
    assert missed(history(steps, champion=False), START) == []


def test_neighbours_are_one_command() -> None:
    told = history([(WRITTEN, 0, 1), (WRITTEN, 1, 2), (WRITTEN, 5, 1), (PUBLISHED, 0, 1)])
    assert missed(told, START) == [Window(FIRST + DAY, FIRST + 2 * DAY), Window(FIRST + 5 * DAY, FIRST + 5 * DAY)]
