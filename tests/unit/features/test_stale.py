"""Which days are built again: exactly those whose inputs are not what they were."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from perennial.features.stale import Inputs, spans, stale
from perennial.keys import DAY, Window
from perennial.lake.partitions import Partition

FIRST = date(2020, 1, 1)


def day(number: int) -> date:
    return FIRST + number * DAY


def partitions(revisions: dict[int, str], table: str = "m/raw/t") -> dict[date, Partition]:
    return {day(number): Partition(table, day(number), revision * 64, 1) for number, revision in revisions.items()}


def inputs(revisions: dict[int, str], *, lookback: int = 3, register: str = "r") -> Inputs:
    reference = {"register": partitions({0: register}, "m/raw/register") if register else {}}
    return Inputs({"t": partitions(revisions)}, reference, lookback, FIRST)


def built(present: Inputs, numbers: range) -> dict[date, str]:
    return {day(number): present.digest(day(number)) for number in numbers}


def test_new_days_of_the_window_are_built() -> None:
    now = inputs(dict.fromkeys(range(10), "a"))
    assert stale(Window(day(4), day(6)), built(now, range(5)), now) == [day(5), day(6)]


def test_a_correction_reaches_as_far_as_the_lookback() -> None:
    before = inputs(dict.fromkeys(range(20), "a"))
    after = inputs(dict.fromkeys(range(20), "a") | {7: "b"})
    assert stale(Window(day(7), day(7)), built(before, range(20)), after) == [day(n) for n in range(7, 11)]


def test_a_new_register_reaches_every_day() -> None:
    before, after = (inputs(dict.fromkeys(range(6), "a"), register=name) for name in "rs")
    assert stale(Window(day(5), day(5)), built(before, range(6)), after) == [day(n) for n in range(6)]


def test_lost_days_are_built_again_and_incomplete_ones_are_left() -> None:
    now = inputs(dict.fromkeys(range(6), "a"))
    assert stale(Window(day(3), day(3)), built(now, range(6)), now, lost=[day(2)]) == [day(2)]
    gap = inputs({number: "a" for number in range(6) if number != 4})
    assert stale(Window(day(3), day(3)), built(now, range(6)), gap, lost=[day(5)]) == []


def test_history_begins_with_the_source() -> None:
    now = inputs({0: "a", 1: "a"})
    assert now.missing(Window(day(0), day(1))) == {}
    assert now.missing(Window(day(1), day(3))) == {"t": [day(2), day(3)]}
    assert inputs({0: "a"}, register="").missing(Window(day(0), day(0))) == {"register": [day(0)]}


@given(
    st.dictionaries(st.integers(0, 30), st.sampled_from("ab"), min_size=31, max_size=31),
    st.dictionaries(st.integers(0, 30), st.sampled_from("ab"), min_size=31, max_size=31),
    st.integers(0, 8),
)
def test_a_day_is_stale_when_and_only_when_a_raw_day_it_reads_changed(
    before: dict[int, str], after: dict[int, str], lookback: int
) -> None:
    old, new = inputs(before, lookback=lookback), inputs(after, lookback=lookback)
    expected = [
        day(number)
        for number in range(31)
        if any(before[n] != after[n] for n in range(max(0, number - lookback), number + 1))
    ]
    assert stale(Window(day(30), day(30)), built(old, range(31)), new) == expected


@given(st.sets(st.integers(0, 200), min_size=1), st.integers(0, 10), st.integers(1, 40))
def test_spans_hold_every_day_once_and_no_wide_gap(numbers: set[int], gap: int, longest: int) -> None:
    days = [day(number) for number in sorted(numbers)]
    windows = spans(days, gap, longest)
    assert [one for window in windows for one in window if one in days] == days
    assert all(len(window) <= longest for window in windows)
    for window in windows:
        inside = [one for one in days if one in window]
        assert (inside[0], inside[-1]) == (window.first, window.last)
        assert all(b - a <= timedelta(days=gap + 1) for a, b in pairwise(inside))
