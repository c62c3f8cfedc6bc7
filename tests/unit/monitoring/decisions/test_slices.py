"""Which slices lost skill, beyond a margin, chance and their number."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from perennial.monitoring.decisions.slices import Pair, judge
from perennial.statistics.groups import Ratio

THEN = Ratio(1_000, 0.30, 0.01, 13)


def pair(name: str, value: float, error: float = 0.01) -> Pair:
    return Pair("carrier", name, Ratio(1_000, value, error, 13), THEN)


def test_a_slice_is_lost_when_it_fell_far_and_surely() -> None:
    found = judge([pair("far", 0.15), pair("little", 0.27), pair("unsure", 0.15, 0.2), pair("better", 0.5)], -0.05)
    assert [one.name for one in found if one.lost] == ["far"]
    assert found[0].change == 0.15 - 0.30
    assert found[0].low < found[0].change < found[0].high < 0


def test_what_stands_out_alone_is_chance_among_many() -> None:
    one = pair("suspect", 0.20, 0.04)
    assert judge([one], -0.05)[0].lost
    assert not judge([one, *(pair(str(n), 0.30) for n in range(30))], -0.05)[0].lost


def test_an_undefined_slice_is_left_out() -> None:
    assert judge([Pair("carrier", "none", Ratio(5, math.nan, math.nan, 0), THEN)], -0.05) == []


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=20), st.floats(0.001, 0.2))
def test_every_lost_slice_fell_by_more_than_the_margin(values: list[float], error: float) -> None:
    for one in judge([pair(str(n), value, error) for n, value in enumerate(values)], -0.05):
        assert not one.lost or (one.change < -0.05 and one.p < 0.05)
