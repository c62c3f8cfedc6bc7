"""Whether a window goes online."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from perennial.feature_store.materialise_plan import plan
from perennial.keys import Window

FIRST = date(2013, 1, 1)
windows = st.builds(
    lambda start, length: Window(FIRST + timedelta(start), FIRST + timedelta(start + length)),
    st.integers(0, 60),
    st.integers(0, 20),
)
marks = st.none() | st.integers(0, 80).map(lambda days: FIRST + timedelta(days))


@given(windows, marks, st.booleans())
def test_the_mark_never_goes_back(window: Window, mark: date | None, fill: bool) -> None:
    assert plan(window, mark, fill=fill).mark == max(mark or window.last, window.last)


@given(windows, marks)
def test_only_a_window_wholly_before_the_mark_is_skipped(window: Window, mark: date | None) -> None:
    older = mark is not None and all(day < mark for day in window)
    assert (plan(window, mark).skipped is not None) == older


@given(windows, marks)
def test_filling_skips_nothing(window: Window, mark: date | None) -> None:
    assert plan(window, mark, fill=True).skipped is None


@given(st.lists(windows, min_size=1))
def test_in_any_order_the_mark_ends_on_the_last_day(order: list[Window]) -> None:
    mark = None
    for window in order:
        mark = plan(window, mark).mark
    assert mark == max(window.last for window in order)


def test_says_why() -> None:
    assert plan(Window.parse("2013-01-01"), date(2013, 1, 5)).skipped == "older than 2013-01-05, the last day online"
