"""Ratios of many groups: their errors, and what is beyond chance among many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.statistics.groups import Ratio, holm, p_value, ratios, reach
from perennial.statistics.resampling import ratio_interval

P = st.floats(0, 1, allow_nan=False)


def test_a_group_of_independent_rows_has_the_interval_of_its_ratio() -> None:
    rng = np.random.default_rng(0)
    above, below, group = rng.normal(1, 1, 900), rng.uniform(1, 3, 900), rng.integers(0, 3, 900)
    for number, found in enumerate(ratios(above, below, group, np.arange(900), 3)):
        chosen = group == number
        theirs = ratio_interval(above[chosen], below[chosen], np.arange(chosen.sum()))
        assert (found.rows, found.value) == (chosen.sum(), pytest.approx(theirs.value))
        assert reach(found, 1) == pytest.approx(theirs.high - theirs.value, rel=1e-9)


def test_rows_that_hang_together_are_counted_by_block() -> None:
    rng = np.random.default_rng(1)
    block = np.repeat(np.arange(40), 25)
    above, one = rng.normal(size=40)[block] + rng.normal(0, 0.1, 1_000), np.ones(1_000)
    everyone = np.zeros(1_000, dtype=np.intp)
    (together,), (alone,) = (ratios(above, one, everyone, blocks, 1) for blocks in (block, np.arange(1_000)))
    assert together.freedom == 39
    assert together.error > 4 * alone.error
    drawn = ratio_interval(above, one, block)
    assert reach(together, 1) == pytest.approx((drawn.high - drawn.low) / 2, rel=0.15)


def test_what_is_undefined_has_no_number() -> None:
    nothing, single = ratios(
        np.array([0.0, 0, 1, 2]), np.array([0.0, 0, 1, 1]), np.array([0, 0, 1, 1]), np.array([0, 1, 2, 2]), 2
    )
    assert np.isnan([nothing.value, nothing.error, single.value, single.error]).all()
    assert (nothing.rows, single.rows) == (2, 2)


def test_no_spread_is_certain() -> None:
    assert p_value(Ratio(9, 0.0, 0.0, 8)) == 1
    assert p_value(Ratio(9, 0.1, 0.0, 8)) == 0


def test_holm_as_worked_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@given(st.lists(P, min_size=1, max_size=12))
def test_an_adjusted_p_value_is_between_the_plain_one_and_bonferronis_and_keeps_the_order(p: list[float]) -> None:
    adjusted = holm(p)
    for plain, found in zip(p, adjusted, strict=True):
        assert plain <= found <= min(1.0, len(p) * plain) + 1e-12
    order = np.argsort(p, kind="stable")
    assert (np.diff(np.array(adjusted)[order]) >= 0).all()


def test_of_many_groups_without_any_difference_one_is_found_about_as_seldom_as_promised() -> None:
    rng, found = np.random.default_rng(2), 0
    for _ in range(300):
        values, group = rng.normal(size=2_000), rng.integers(0, 20, 2_000)
        each = ratios(values, np.ones(2_000), group, np.arange(2_000), 20)
        found += min(holm([p_value(one) for one in each])) < 0.05
    assert found / 300 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)
