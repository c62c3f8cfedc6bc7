"""What counts as broken, since when; and what is chance, season or a storm."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.keys import DAY, Window
from perennial.monitoring.decisions.profiles import ColumnDay, patience
from perennial.monitoring.decisions.upstream import Fault, TableDay, faults, say

FIRST = date(2013, 1, 1)
REFERENCE = Window(FIRST, date(2013, 3, 31))
WINDOW = Window(date(2013, 6, 24), date(2013, 6, 30))
USUAL = ColumnDay(rows=100, filled=97, values=40, low=10.0, high=50.0)


def days(**broken: ColumnDay) -> dict[date, TableDay]:
    """Return days like one another, the last ones as given: n days by the key `last_n`."""
    made = {day: TableDay(100, {"temp": USUAL}) for day in Window(FIRST, WINDOW.last)}
    for name, column in broken.items():
        for back in range(int(name.removeprefix("last_"))):
            made[WINDOW.last - back * DAY] = TableDay(column.rows, {"temp": column})
    return made


def found(made: dict[date, TableDay], window: Window = WINDOW) -> list[Fault]:
    return faults("weather", made, set(REFERENCE), window, ["temp"])


def test_days_like_the_reference_have_no_fault() -> None:
    assert found(days()) == []
    assert say([], ["weather"], []) == (
        "ok",
        "the columns of weather look as on the days that the champion learnt from",
    )


@pytest.mark.parametrize(
    ("column", "after", "says"),
    [
        (replace(USUAL, filled=0, values=0, low=None, high=None), 1, "holds nothing"),
        (replace(USUAL, values=1, low=7.0, high=7.0), 1, "has one value in all rows"),
        (replace(USUAL, filled=60), 2, "is missing in more than"),
        (replace(USUAL, low=980.0, high=1030.0), 1, "lies wholly outside of the range"),
        (replace(USUAL, low=-300.0, high=-200.0), 1, "lies wholly outside of the range"),
        (replace(USUAL, low=0.0, high=400.0), 2, "is on another scale"),
        (replace(USUAL, low=30.0, high=31.0), 2, "is on another scale"),
    ],
)
def test_a_broken_column_is_named_with_its_first_day(column: ColumnDay, after: int, says: str) -> None:
    for length in range(1, 6):
        (*seen,) = found(days(**{f"last_{length}": column}))
        assert bool(seen) == (length >= after)
        for fault in seen:
            assert fault.place == "weather.temp"
            assert says in fault.says
            assert (fault.since, fault.lasts) == (WINDOW.last - (length - 1) * DAY, True)
            assert say(seen, ["weather"], [])[0] == "alarm"


def test_a_column_that_is_gone_holds_nothing() -> None:
    made = days() | {WINDOW.last: TableDay(100, {})}
    assert str(found(made)[0]) == "weather.temp holds nothing, since 2013-06-30"


@pytest.mark.parametrize(("rows", "after"), [(0, 1), (20, 2), (40, 99)])
def test_a_table_without_rows_or_with_far_too_few_is_broken(rows: int, after: int) -> None:
    for length in (1, 2, 3):
        few = replace(USUAL, rows=rows, filled=rows)
        hits = [fault.place for fault in found(days(**{f"last_{length}": few}))]
        assert hits == (["weather"] if length >= after else [])


def test_a_table_that_rests_on_sundays_does_not_break_on_them() -> None:
    sundays = {day: TableDay(0, {}) for day in Window(FIRST, WINDOW.last) if day.weekday() == 6}
    assert WINDOW.last in sundays
    assert found(days() | sundays) == []
    monday = Window(date(2013, 6, 24), date(2013, 6, 24))
    assert [fault.place for fault in found(days() | sundays | {monday.last: TableDay(0, {})}, monday)] == ["weather"]


def test_what_ended_within_the_window_is_told_and_what_ended_before_is_not() -> None:
    nothing = TableDay(100, {"temp": replace(USUAL, filled=0, values=0, low=None, high=None)})
    inside = found(days() | {WINDOW.first: nothing})
    assert [(fault.lasts, fault.until) for fault in inside] == [(False, WINDOW.first)]
    assert say(inside, ["weather"], [])[0] == "watch"
    assert found(days() | {WINDOW.first - DAY: nothing}) == []


NOTHING = TableDay(100, {"temp": replace(USUAL, filled=0, values=0, low=None, high=None)})


@pytest.mark.parametrize("whole", [1, 14])
def test_what_is_whole_again_after_the_window_does_not_last(whole: int) -> None:
    since = {WINDOW.last + n * DAY: TableDay(100, {"temp": USUAL}) for n in range(1, whole + 1)}
    seen = found(days() | {WINDOW.last: NOTHING} | since)
    assert [(fault.lasts, fault.until) for fault in seen] == [(False, WINDOW.last)]
    assert say(seen, ["weather"], [])[0] == "watch"


def test_what_lasts_beyond_the_window_is_its_fault_and_what_begins_after_it_is_not() -> None:
    tomorrow = {WINDOW.last + DAY: NOTHING}
    assert [fault.lasts for fault in found(days() | {WINDOW.last: NOTHING} | tomorrow)] == [True]
    assert found(days() | tomorrow) == []


def test_a_season_that_comes_by_steps_is_no_fault() -> None:
    warmer = {
        day: TableDay(100, {"temp": replace(USUAL, low=10.0 + n, high=50.0 + n)})
        for n, day in enumerate(Window(FIRST, WINDOW.last))
    }
    assert warmer[WINDOW.last].columns["temp"].low > 3 * 50.0  # type: ignore[operator]
    assert found(warmer) == []


def test_too_few_reference_days_say_nothing() -> None:
    nothing = days(last_1=replace(USUAL, filled=0, values=0))
    assert faults("weather", nothing, set(Window(FIRST, date(2013, 1, 13))), WINDOW, ["temp"]) == []
    assert say([], ["weather"], ["weather"])[0] == "insufficient_data"


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
def test_what_happens_by_chance_is_a_fault_in_few_years(share: float) -> None:
    """A yes/no column that has one value on some days, as it happens: nominal are five years in a hundred."""
    one, two = replace(USUAL, values=1, low=0.0, high=0.0), replace(USUAL, values=2, low=0.0, high=1.0)
    year = Window(WINDOW.first, WINDOW.first + 364 * DAY)
    alarms = 0
    for seed in range(30):
        hits = np.random.default_rng(seed).random(len(Window(FIRST, year.last))) < share
        made = {FIRST + n * DAY: TableDay(100, {"temp": one if hit else two}) for n, hit in enumerate(hits)}
        alarms += bool(found(made, year))
    assert alarms <= 4


@given(st.lists(st.booleans(), min_size=14, max_size=200))
def test_what_was_seen_more_often_needs_more_patience(flags: list[bool]) -> None:
    assert patience(flags) >= 2
    assert patience([*flags, True, True, True, True, True, True]) >= patience([False] * (len(flags) + 6))
