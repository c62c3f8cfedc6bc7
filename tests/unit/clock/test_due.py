"""What is due, day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.clock.due import monitoring_windows, overdue_review
from perennial.keys import DAY, Window, start_of
from perennial.settings import PROJECT
from perennial.spec import Spec, load_spec
from unit.validation.told import champion, history

FIRST = date(2013, 4, 1)


@pytest.fixture(scope="module")
def spec() -> Spec:
    """The flights: every 7 days, 14 days long, labels mature after a day."""
    return load_spec(PROJECT / "include" / "models" / "flight_delay" / "model.yaml")


def days(count: int) -> set[date]:
    return {FIRST + n * DAY for n in range(count)}


def test_nothing_is_due_before_a_prediction(spec: Spec) -> None:
    assert monitoring_windows(spec, set(), set(), datetime(2014, 1, 1, tzinfo=UTC)) == []


def test_windows_end_every_seventh_day_once_labels_have_matured(spec: Spec) -> None:
    # The days 2013-01-07, 14, 21 ... end a window: 1 April does too, but is a window of one day, too short.
    late = start_of(date(2013, 5, 1))
    windows = monitoring_windows(spec, days(21), set(), late)
    assert [str(window) for window in windows] == ["2013-04-01..2013-04-08", "2013-04-02..2013-04-15"]


def test_a_window_waits_for_its_labels(spec: Spec) -> None:
    end = start_of(date(2013, 4, 9))
    assert monitoring_windows(spec, days(8), set(), end) == []
    assert len(monitoring_windows(spec, days(8), set(), end + DAY)) == 1


def test_a_window_with_a_day_that_was_not_scored_waits(spec: Spec) -> None:
    scored = days(21) - {date(2013, 4, 5)}
    assert monitoring_windows(spec, scored, set(), start_of(date(2014, 1, 1))) == []


def test_a_reported_window_is_not_due_again(spec: Spec) -> None:
    now = start_of(date(2013, 5, 1))
    first = monitoring_windows(spec, days(21), set(), now)[0]
    assert first not in monitoring_windows(spec, days(21), {str(first)}, now)


@given(count=st.integers(1, 60), ahead=st.integers(0, 40))
def test_due_windows_are_scored_matured_and_long_enough(count: int, ahead: int) -> None:
    spec = load_spec(PROJECT / "include" / "models" / "flight_delay" / "model.yaml")
    now = start_of(FIRST + ahead * DAY)
    for window in monitoring_windows(spec, days(count), set(), now):
        assert set(window) <= days(count)
        assert window.end + timedelta(days=spec.label.matures_after) <= now
        assert spec.monitor.every <= len(window) <= spec.monitor.window


def test_keys_of_windows_read_back() -> None:
    window = Window.parse("2013-04-01..2013-04-07")
    assert Window.parse(str(window)) == window
    assert Path(str(window)).name == str(window)


def test_an_emergency_is_overdue_when_its_time_is_over_or_it_was_rejected() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    emergency = champion(2, 1, "emergency", review_by=now.isoformat())
    told = history(champion(1), emergency)
    assert overdue_review(told, now - timedelta(seconds=1)) is None
    assert overdue_review(told, now) == "v2"
    for agrees, expected in ((True, None), (False, "v2")):
        word = ("emergency.reviewed", "v2", {"change": told.events[-1].hash, "agrees": agrees})
        assert overdue_review(history(champion(1), emergency, word), now - timedelta(days=1)) == expected
        assert (overdue_review(history(champion(1), emergency, word), now) is None) is agrees
    assert overdue_review(history(champion(1), emergency, champion(1, 2, "rollback")), now) is None
