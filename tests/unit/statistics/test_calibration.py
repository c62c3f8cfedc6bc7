"""Calibration in the large and the expected calibration error."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from perennial.statistics.calibration import (
    brier_skill,
    calibration_error_interval,
    calibration_in_the_large,
)


def drawn(shift: float, rows: int = 20_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw outcomes of true probability q and predictions q + shift, over 20 days."""
    rng = np.random.default_rng(0)
    q = rng.uniform(0.2, 0.8, rows)
    return (rng.random(rows) < q).astype(int), q + shift, np.arange(rows) % 20


def test_a_model_that_is_right_has_zero_inside_its_interval() -> None:
    found = calibration_in_the_large(*drawn(0.0))
    assert found.low < 0 < found.high


@pytest.mark.parametrize("shift", [-0.1, 0.1])
def test_a_shift_is_found_with_its_sign(shift: float) -> None:
    y, p, day = drawn(shift)
    found = calibration_in_the_large(y, p, day)
    assert found.value == pytest.approx(p.mean() - y.mean(), abs=1e-12)
    assert found.low < shift < found.high
    assert found.low * found.high > 0


def expected_calibration_error(y: ArrayLike, p: ArrayLike, bins: int = 10) -> float:
    """Return the estimate alone."""
    return calibration_error_interval(y, p, np.arange(len(np.asarray(y))), bins=bins, B=2).value


def test_expected_calibration_error_of_bins_worked_by_hand() -> None:
    y, p = [0, 1, 0, 1], [0.1, 0.3, 0.7, 0.9]
    assert expected_calibration_error(y, p, bins=2) == pytest.approx((abs(0.4 - 1) + abs(1.6 - 1)) / 4)
    assert expected_calibration_error(y, p, bins=4) == pytest.approx((0.1 + 0.7 + 0.7 + 0.1) / 4)


def test_expected_calibration_error_is_small_when_right_and_the_shift_when_shifted() -> None:
    assert expected_calibration_error(*drawn(0.0)[:2]) < 0.015
    assert expected_calibration_error(*drawn(0.15)[:2]) == pytest.approx(0.15, abs=0.015)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 4)), min_size=2), st.randoms(use_true_random=False))
def test_ties_share_a_bin_so_the_order_of_rows_does_not_matter(rows: list[tuple[int, int]], random: object) -> None:
    def error(pairs: list[tuple[int, int]]) -> float:
        return expected_calibration_error([y for y, _ in pairs], [p / 4 for _, p in pairs], bins=5)

    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert error(shuffled) == pytest.approx(error(rows), abs=1e-12)
    assert 0 <= error(rows) <= 1


@pytest.mark.parametrize("p", [[0.5, 1.5], [0.5, np.nan]])
def test_what_is_no_probability_raises(p: list[float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        expected_calibration_error([0, 1], p)
    with pytest.raises(ValueError, match="expected"):
        calibration_in_the_large([0, 1], p, [0, 1])


def outcomes(rng: np.random.Generator, q: np.ndarray) -> np.ndarray:
    return (rng.random(len(q)) < q).astype(int)


@pytest.mark.parametrize("shift", [0.0, 0.02, 0.06])
def test_each_end_of_the_calibration_error_holds(shift: float) -> None:
    """Half of the rows are promised too much, half too little: the true error is the shift."""
    rng, hits = np.random.default_rng(1), np.zeros(2)
    for seed in range(200):
        p = rng.uniform(0.2, 0.8, 2_000)
        q = p + np.where(p < 0.5, -shift, shift)
        found = calibration_error_interval(outcomes(rng, q), p, np.arange(2_000), B=300, seed=seed)
        hits += [found.low <= shift + 1e-9, found.high >= shift]
    assert (hits / 200 >= 0.93).all()


def test_days_that_hang_together_make_the_calibration_error_less_certain() -> None:
    rng = np.random.default_rng(2)
    day = np.arange(6_000) % 20
    q = np.clip(rng.uniform(0.2, 0.8, 6_000) + rng.normal(0, 0.1, 20)[day], 0, 1)
    y, p = outcomes(rng, q), q.round(2)
    by_day, by_row = (calibration_error_interval(y, np.full_like(p, 0.5), blocks) for blocks in (day, np.arange(6_000)))
    assert by_day.value == by_row.value == pytest.approx(abs(y.mean() - 0.5))
    assert by_day.high - by_day.low > 1.5 * (by_row.high - by_row.low)


def test_skill_is_one_minus_the_brier_score_over_that_of_the_base_rate() -> None:
    y, p, day = drawn(0.0)
    found = brier_skill(y, p, day)
    share = y.mean()
    assert found.value == pytest.approx(1 - ((y - p) ** 2).mean() / (share * (1 - share)))
    assert found.low < found.value < found.high
    assert brier_skill(y, np.full(len(y), share), day).value == pytest.approx(0, abs=1e-12)
    with pytest.raises(ValueError, match="divided by 0"):
        brier_skill(np.ones(10), np.full(10, 0.5), np.arange(10))
