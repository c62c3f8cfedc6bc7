"""What is said of a window's columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.monitoring.decisions.drift import NOTES, Column, judge, shape_of

NEAR, FAR, FARTHER = Column(0.1, 0.2), Column(0.3, 0.2), Column(0.9, 0.2)


def test_nothing_beyond_is_ok() -> None:
    found = judge({"temp": NEAR, "wind": NEAR}, [{"temp"}], 2, ())
    assert (found.verdict, found.drifted) == ("ok", ())
    assert found.why == "none of 2 columns drifted"


def test_beyond_for_the_first_time_is_watched() -> None:
    found = judge({"temp": FAR, "wind": NEAR}, [{"wind"}, set()], 2, ())
    assert (found.verdict, found.drifted) == ("watch", ())
    assert "temp beyond the threshold, not in 2 windows yet" in found.why


def test_beyond_again_is_an_alarm_and_the_farthest_stands_first() -> None:
    found = judge({"temp": FAR, "wind": NEAR, "visib": FARTHER}, [set(), {"temp", "visib"}], 2, ())
    assert (found.verdict, found.drifted) == ("alarm", ("visib", "temp"))
    assert found.why == "2 of 3 columns drifted: visib, temp"


def test_a_critical_column_counts_at_once() -> None:
    assert judge({"temp": FAR}, [], 2, ["temp"]).drifted == ("temp",)


@pytest.mark.parametrize("shape", ["vanished", "new"])
def test_what_no_chance_does_counts_at_once_and_is_told_apart(shape: str) -> None:
    found = judge({"temp": Column(None, 0.2, shape), "wind": FAR}, [{"wind"}], 2, ())  # type: ignore[arg-type]
    assert (found.verdict, found.drifted) == ("alarm", ("temp", "wind"))
    assert f"temp {NOTES[shape]}" in found.why  # type: ignore[index]


@pytest.mark.parametrize(
    ("before", "now", "once", "only", "same", "shape"),
    [
        (0, 0, False, False, False, "empty"),
        (9, 0, False, False, False, "vanished"),
        (0, 9, False, True, False, "new"),
        (9, 9, True, True, True, "constant"),
        (9, 9, True, True, False, ""),
        (9, 9, True, False, True, ""),
        (9, 9, False, True, True, "frozen"),
        (9, 9, False, False, False, ""),
    ],
)
def test_shapes(before: int, now: int, once: bool, only: bool, same: bool, shape: str) -> None:
    assert shape_of(before, now, once=once, only=only, same=same) == shape


@given(st.dictionaries(st.sampled_from("abcd"), st.floats(0, 1)), st.lists(st.sets(st.sampled_from("abcd"))))
def test_nothing_drifts_that_is_not_beyond_now(distances: dict[str, float], earlier: list[set[str]]) -> None:
    columns = {name: Column(distance, 0.5) for name, distance in distances.items()}
    found = judge(columns, earlier, 2, ())
    assert set(found.drifted) <= {name for name, distance in distances.items() if distance > 0.5}
    assert (found.verdict == "alarm") == bool(found.drifted)
