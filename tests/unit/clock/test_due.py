"""What is due, day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.clock.due import Told, matures, may_be_told_again, monitoring_windows, overdue_review, worth_telling
from perennial.keys import DAY, Window, start_of
from perennial.settings import PROJECT
from perennial.spec import Spec, load_spec
from unit.validation.told import champion, history

FIRST = date(2013, 4, 1)
MATURED = Told(early=False, rows=10_000, labelled=9_700)
EARLY = Told(early=True, rows=10_000, labelled=100)


FLIGHTS = load_spec(PROJECT / "include" / "models" / "flight_delay" / "model.yaml")


@pytest.fixture
def spec() -> Spec:
    """The flights: every 7 days, 14 days long, labels mature after a day."""
    return FLIGHTS


def days(count: int) -> set[date]:
    return {FIRST + n * DAY for n in range(count)}


def test_nothing_is_due_before_a_prediction(spec: Spec) -> None:
    assert monitoring_windows(spec, set(), {}, datetime(2014, 1, 1, tzinfo=UTC)) == []


def test_windows_end_every_seventh_day_once_labels_have_matured(spec: Spec) -> None:
    # The days 2013-01-07, 14, 21 ... end a window: 1 April does too, but is a window of one day, too short.
    late = start_of(date(2013, 5, 1))
    windows = monitoring_windows(spec, days(21), {}, late)
    assert [str(window) for window in windows] == ["2013-04-01..2013-04-08", "2013-04-02..2013-04-15"]


def test_a_window_waits_for_its_labels(spec: Spec) -> None:
    end = start_of(date(2013, 4, 9))
    assert monitoring_windows(spec, days(8), {}, end) == []
    assert len(monitoring_windows(spec, days(8), {}, end + DAY)) == 1


def test_a_window_with_a_day_that_was_not_scored_waits(spec: Spec) -> None:
    scored = days(21) - {date(2013, 4, 5)}
    assert monitoring_windows(spec, scored, {}, start_of(date(2014, 1, 1))) == []


def test_a_reported_window_is_not_due_again(spec: Spec) -> None:
    now = start_of(date(2013, 5, 1))
    first = monitoring_windows(spec, days(21), {}, now)[0]
    assert first not in monitoring_windows(spec, days(21), {first: MATURED}, now)


@given(count=st.integers(1, 60), ahead=st.integers(0, 40))
def test_due_windows_are_scored_matured_and_long_enough(count: int, ahead: int) -> None:
    spec, now = FLIGHTS, start_of(FIRST + ahead * DAY)
    for window in monitoring_windows(spec, days(count), {}, now):
        assert set(window) <= days(count)
        assert window.end + timedelta(days=spec.label.matures_after) <= now
        assert spec.monitor.every <= len(window) <= spec.monitor.window


def patient(spec: Spec, matures_after: int) -> Spec:
    """Give labels that take so many days."""
    return spec.model_copy(update={"label": spec.label.model_copy(update={"matures_after": matures_after})})


def test_where_labels_take_longer_than_the_next_window_one_is_told_early_and_again(spec: Spec) -> None:
    slow, end = patient(spec, 30), start_of(date(2013, 4, 9))
    (window,) = monitoring_windows(slow, days(8), {}, end)
    assert monitoring_windows(slow, days(8), {}, end - timedelta(seconds=1)) == []
    assert monitoring_windows(slow, days(8), {window: EARLY}, end + 29 * DAY) == []
    assert monitoring_windows(slow, days(8), {window: EARLY}, end + 30 * DAY) == [window]
    assert monitoring_windows(slow, days(8), {window: MATURED}, end + 90 * DAY) == []
    assert monitoring_windows(patient(spec, 7), days(8), {}, end + 6 * DAY) == []


def test_late_labels_count_when_there_are_enough_and_for_a_while(spec: Spec) -> None:
    window = Window(FIRST, FIRST + 13 * DAY)
    last = matures(spec, window) + spec.monitor.late_labels * DAY
    assert may_be_told_again(spec, {window: MATURED}, last) == [window]
    assert may_be_told_again(spec, {window: MATURED}, last + timedelta(seconds=1)) == []
    assert may_be_told_again(spec, {window: EARLY}, last) == []
    assert not worth_telling(MATURED, 9_799)
    assert worth_telling(MATURED, 9_800)
    assert not worth_telling(Told(early=False, rows=5, labelled=5), 5)
    assert worth_telling(Told(early=False, rows=5, labelled=5, failed=True), 5), "a monitor could not look"


@given(count=st.integers(1, 60), late=st.integers(0, 60), ahead=st.integers(0, 120))
def test_a_window_is_due_until_it_was_told_with_matured_labels(count: int, late: int, ahead: int) -> None:
    spec = patient(FLIGHTS, late)
    now = start_of(FIRST + ahead * DAY)
    told: dict[Window, Told] = {}
    for _ in range(2):
        for window in monitoring_windows(spec, days(count), told, now):
            told[window] = Told(early=matures(spec, window) > now, rows=10_000, labelled=9_000)
        assert monitoring_windows(spec, days(count), told, now) == []
    assert all(window.end <= now for window in told)
    assert late > spec.monitor.every or not any(one.early for one in told.values())


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
