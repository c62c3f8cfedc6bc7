"""Fairness figures are fairlearn's, and their intervals hold for the worst pair of groups."""

from __future__ import annotations

import time

import numpy as np
import pytest
from fairlearn import metrics
from hypothesis import assume, given
from hypothesis import strategies as st

from perennial.statistics.fairness import COMPARED, RATES, count, gap, rates, shares_of

ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 1)), min_size=8, max_size=60)
FAIRLEARN = {
    "selection": metrics.selection_rate,
    "true_positive": metrics.true_positive_rate,
    "false_positive": metrics.false_positive_rate,
    "error": lambda y, d: float(np.mean(y != d)),
}
GAPS = {
    "demographic_parity": lambda y, d, g: metrics.demographic_parity_ratio(y, d, sensitive_features=g),
    "equalized_odds": lambda y, d, g: metrics.equalized_odds_difference(y, d, sensitive_features=g),
    "equal_opportunity": lambda y, d, g: metrics.equal_opportunity_difference(y, d, sensitive_features=g),
    "error_rate": lambda y, d, g: metrics.MetricFrame(
        metrics=FAIRLEARN["error"], y_true=y, y_pred=d, sensitive_features=g
    ).difference(),
}


@given(ROWS)
def test_every_figure_is_fairlearns(rows: list[tuple[int, int, int]]) -> None:
    g, y, d = (np.array(column) for column in zip(*rows, strict=True))
    found, codes = np.unique(g, return_inverse=True)
    counts = count(codes, y, d, len(found))
    assume(len(found) > 1)
    assume((shares_of(counts, "true_positive") > 0).all())
    assume((shares_of(counts, "false_positive") > 0).all())
    assume(d.any())
    for rate in RATES:
        expected = [FAIRLEARN[rate](y[codes == n], d[codes == n]) for n in range(len(found))]
        assert rates(counts, rate) == pytest.approx(expected, abs=1e-12)
    for criterion, theirs in GAPS.items():
        mine = gap(criterion, counts, B=200).interval
        assert mine.value == pytest.approx(theirs(y, d, g), abs=1e-12)
        assert 0 <= mine.low <= mine.value <= mine.high <= 1


def table(*groups: tuple[int, int, int, int]) -> np.ndarray:
    """Return counts from (true negatives, false positives, false negatives, true positives) of each group."""
    return np.array(groups).reshape(len(groups), 2, 2)


def test_the_groups_that_lie_farthest_apart_are_named() -> None:
    counts = table((80, 20, 10, 90), (95, 5, 50, 50), (90, 10, 20, 80))
    for criterion in COMPARED:
        found = gap(criterion, counts)
        assert {found.lowest, found.highest} == {0, 1}
    parity = gap("demographic_parity", counts)
    assert (parity.lowest, parity.highest) == (1, 0)


def test_a_group_without_any_yes_has_a_ratio_of_nought_and_still_an_interval() -> None:
    found = gap("demographic_parity", table((300, 0, 10, 0), (800, 20, 50, 60))).interval
    assert (found.value, found.low) == (0.0, 0.0)
    assert 0 < found.high < 0.2


def test_few_rows_are_no_proof_of_fairness() -> None:
    few, many = (gap("demographic_parity", n * table((8, 1, 1, 2), (8, 1, 1, 2))).interval for n in (1, 1_000))
    assert (few.value, many.value) == (1.0, 1.0)
    assert few.low < 0.3
    assert many.low > 0.9


def test_what_is_undefined_raises() -> None:
    with pytest.raises(ValueError, match="0/0"):
        gap("demographic_parity", table((10, 0, 5, 0), (10, 0, 5, 0)))
    with pytest.raises(ValueError, match="two groups"):
        gap("error_rate", table((10, 1, 5, 1)))
    with pytest.raises(ValueError, match="two groups"):
        gap("equal_opportunity", table((10, 1, 0, 0), (10, 1, 5, 5)))
    with pytest.raises(ValueError, match="two blocks"):
        gap("error_rate", table((10, 1, 5, 1), (10, 1, 5, 1))[None])


def test_the_same_seed_gives_the_same_interval() -> None:
    counts = table((80, 20, 10, 90), (95, 5, 50, 50))
    assert gap("equalized_odds", counts, seed=1) == gap("equalized_odds", counts, seed=1)
    assert gap("equalized_odds", counts, seed=1) != gap("equalized_odds", counts, seed=2)


def test_blocks_that_hang_together_make_wider_intervals_than_single_rows() -> None:
    rng = np.random.default_rng(0)
    share = rng.uniform(0.05, 0.5, size=14)
    blocks = np.array([[rng.multinomial(200, [1 - p, p, 0, 0]).reshape(2, 2) for _ in range(2)] for p in share])
    blocks[:, 1] = blocks[::-1, 1]
    by_day, by_row = (gap("demographic_parity", counts).interval for counts in (blocks, blocks.sum(axis=0)))
    assert by_day.value == by_row.value
    assert by_day.low < by_row.low - 0.05


CASES = [
    ("demographic_parity", (4_000, 400), [(0.06, 0.4, 0.03)] * 2),
    ("demographic_parity", (4_000, 4_000), [(0.1, 0.5, 0.03), (0.03, 0.25, 0.005)]),
    ("equalized_odds", (3_000, 1_000, 500), [(0.2, 0.5, 0.05)] * 3),
    ("equal_opportunity", (3_000, 3_000), [(0.1, 0.5, 0.03), (0.1, 0.3, 0.03)]),
    ("error_rate", (3_000, 300), [(0.06, 0.4, 0.03)] * 2),
]


@pytest.mark.parametrize(("criterion", "sizes", "groups"), CASES)
def test_the_interval_covers_the_truth_as_often_as_it_says(
    criterion: str, sizes: tuple[int, ...], groups: list[tuple[float, float, float]]
) -> None:
    cells = np.array([[[(1 - b) * (1 - f), (1 - b) * f], [b * (1 - t), b * t]] for b, t, f in groups])
    true = [rates(cells, rate) for rate in COMPARED[criterion]]
    truth = true[0].min() / true[0].max() if criterion == "demographic_parity" else max(np.ptp(one) for one in true)
    rng, hits = np.random.default_rng(3), 0
    for seed in range(300):
        drawn = [rng.multinomial(size, one.ravel()).reshape(2, 2) for size, one in zip(sizes, cells, strict=True)]
        found = gap(criterion, np.array(drawn), B=600, seed=seed).interval
        hits += found.low - 1e-9 <= truth <= found.high + 1e-9
    assert hits / 300 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 300)


def test_thousands_of_draws_of_twenty_groups_and_four_criteria_take_less_than_two_seconds() -> None:
    counts = np.random.default_rng(0).integers(1, 5_000, size=(20, 2, 2))
    began = time.process_time()
    for criterion in COMPARED:
        gap(criterion, counts, B=4_000)
    assert time.process_time() - began < 2
