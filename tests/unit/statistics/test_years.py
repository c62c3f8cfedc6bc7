"""Simulated years: which days they are made of, and what distances come of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.statistics.distances import psi
from perennial.statistics.years import FEWEST_BLOCKS, WEEK, Plan, compare, distances, drawn_days


def reference(days: int = 84, columns: int = 3, rows: int = 200, seed: int = 0) -> np.ndarray:
    """Return counts of days that differ more than their rows do, (days, columns, 6)."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(rows, rng.dirichlet(np.full(6, 30), size=(days, columns)))


def all_blocks(drawn: np.ndarray, days: int) -> bool:
    """Tell whether every whole block was drawn, the last of the draw cut or not: then any of them may come again."""
    block = max(1, min(WEEK, days // FEWEST_BLOCKS))
    phase = int(drawn[0]) % block
    return len(set(((drawn - phase) // block).tolist())) == (days - phase) // block


@given(st.integers(1, 200), st.integers(1, 60), st.integers(0, 9))
def test_a_year_holds_no_day_of_its_reference(days: int, length: int, seed: int) -> None:
    drawn, lived = drawn_days(days, 5, length, np.random.default_rng(seed))
    assert drawn.shape == (5, days)
    assert lived.shape == (5, length)
    assert min(drawn.min(), lived.min()) >= 0
    assert max(drawn.max(), lived.max()) < days
    shared = [set(before.tolist()) & set(after.tolist()) for before, after in zip(drawn, lived, strict=True)]
    everything = [all_blocks(before, days) for before in drawn]
    assert all(not both or all_drawn for both, all_drawn in zip(shared, everything, strict=True))


def test_weeks_keep_their_days() -> None:
    drawn, lived = drawn_days(90, 50, 100, np.random.default_rng(0))
    for days in (drawn, lived):
        assert ((days - days[:, :1]) % 7 == np.arange(days.shape[1]) % 7).all()
    assert len({int(first) % 7 for first in lived[:, 0]}) == 7


def test_distances_are_those_of_the_counts_of_the_drawn_days() -> None:
    counts, plan = reference(), Plan(window=14, every=7, years=4, lead=2, seed=3)
    found = distances(counts, ["psi", "hellinger", "psi"], plan)
    drawn, lived = drawn_days(len(counts), 4, 7 * (plan.windows - 1) + 14, np.random.default_rng(3))
    before, now = counts[drawn[1]].sum(axis=0), counts[lived[1, 7:21]].sum(axis=0)
    assert found.shape == (4, 54, 3)
    assert found[1, 1, 0] == pytest.approx(psi(before[0], now[0]))
    assert found[1, 1] == pytest.approx(compare(before, now, ["psi", "hellinger", "psi"]))


def test_a_shorter_reference_is_farther_by_chance() -> None:
    plan = Plan(window=14, every=7, years=200)
    whole, part = (distances(reference(), ["psi"] * 3, plan, share) for share in (None, np.array([1.0, 0.1, 1.0])))
    assert np.array_equal(whole[..., [0, 2]], part[..., [0, 2]])
    assert part[..., 1].mean() > 1.3 * whole[..., 1].mean()


@pytest.mark.parametrize("unit", [False, True])
def test_many_years_at_once_are_the_same_as_asked(unit: bool) -> None:
    plan = Plan(window=61, every=30, years=201, by_row=unit, lead=3)
    found = distances(reference(365, 2, 50), ["psi"] * 2, plan)
    assert found.shape == (201, 15, 2)
    assert np.array_equal(found, distances(reference(365, 2, 50), ["psi"] * 2, plan))


def test_independent_rows_vary_as_the_theory_says() -> None:
    counts, plan = reference(84, 2, 1000), Plan(window=14, every=7, years=200, by_row=True)
    found = distances(counts, ["psi"] * 2, plan).mean()
    expected = 5 * (1 / 84_000 + 1 / 14_000)  # chi-square with 5 degrees of freedom over the rows of both sides
    assert found == pytest.approx(expected, rel=0.1)
    assert distances(counts, ["psi"] * 2, Plan(14, 7, 50)).mean() > 3 * expected
