"""DeLong's interval of the AUC: its definition pair by pair, and that it covers what it promises to."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from perennial.statistics.bootstrap import Interval, bootstrap
from perennial.statistics.delong import auc_difference, auc_interval
from perennial.statistics.ranking import auc
from perennial.statistics.replicates import auc_of
from perennial.statistics.resampling import central_limit, interval, mean_interval

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5), st.integers(0, 5)), min_size=4, max_size=30)
NORMAL = 1.959963984540054


def by_pairs(y: np.ndarray, *scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return AUCs and their covariance matrix as DeLong et al. define them: a kernel of every pair."""
    ten, one = [], []
    for p in scores:
        kernel = (p[y == 1][:, None] > p[y == 0]) + (p[y == 1][:, None] == p[y == 0]) / 2
        ten.append(kernel.mean(axis=1))
        one.append(kernel.mean(axis=0))
    spread = sum(np.atleast_2d(np.cov(np.array(parts))) / len(parts[0]) for parts in (ten, one))
    return np.array([part.mean() for part in ten]), np.asarray(spread)


@given(ROWS)
def test_value_and_width_are_those_of_every_pair(rows: list[tuple[int, int, int]]) -> None:
    y, p, q = (np.array(column) for column in zip(*rows, strict=True))
    assume(1 < y.sum() < len(y) - 1)
    (mine, theirs), spread = by_pairs(y, p, q)
    found = auc_difference(y, p, q)
    error = np.sqrt(max(0.0, spread[0, 0] + spread[1, 1] - 2 * spread[0, 1]))
    assert found.value == pytest.approx(mine - theirs, abs=1e-12)
    assert found.high - found.low == pytest.approx(2 * NORMAL * error, abs=1e-7)
    alone = auc_interval(y, p)
    assert alone.value == pytest.approx(auc(y, p), abs=1e-12)
    assert 0 <= alone.low <= alone.value <= alone.high <= 1
    if 0 < mine < 1:
        reach = np.log(alone.high / (1 - alone.high)) - np.log(mine / (1 - mine))
        assert reach == pytest.approx(NORMAL * np.sqrt(spread[0, 0]) / (mine * (1 - mine)), abs=1e-7)


def drawn(seed: int, count: int, share: float = 0.3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw labels and two scores that share half of their noise."""
    rng = np.random.default_rng(seed)
    y = (rng.random(count) < share).astype(int)
    shared = rng.normal(size=count)
    return y, *(shift * y + (shared + rng.normal(size=count)) / np.sqrt(2) for shift in (1.2, 1.0))


def test_it_is_about_the_bootstrap_of_single_rows() -> None:
    y, p, _ = drawn(0, 2_000)
    replicates = auc_of(y, p, np.arange(len(y)), len(y))
    redrawn, found = bootstrap(replicates, len(y), B=400), auc_interval(y, p)
    assert redrawn.low == pytest.approx(found.low, abs=0.004)
    assert redrawn.high == pytest.approx(found.high, abs=0.004)


def test_it_covers_the_truth_about_as_often_as_it_says() -> None:
    from scipy.special import ndtr

    alone, paired = float(ndtr(1.2 / np.sqrt(2))), float(ndtr(1.2 / np.sqrt(2)) - ndtr(1.0 / np.sqrt(2)))
    hits = np.zeros(2)
    for seed in range(400):
        y, p, q = drawn(seed, 150)
        one, two = auc_interval(y, p), auc_difference(y, p, q)
        hits += [one.low <= alone <= one.high, two.low <= paired <= two.high]
    assert (hits / 400 >= 0.92).all()
    assert (hits / 400 <= 0.98).all()


def test_rows_that_are_blocks_of_their_own_have_closed_intervals() -> None:
    y, p, _ = drawn(1, 500)
    rows = np.arange(len(y))
    assert interval("auc", y, p, rows) == auc_interval(y, p)
    assert mean_interval(p, rows) == central_limit(p)
    assert interval("auc", y, p, rows // 2) != auc_interval(y, p)


def test_the_mean_has_students_interval() -> None:
    found = central_limit(np.array([1.0, 2.0, 3.0, 6.0]))
    half = 3.182446305 * np.sqrt(14 / 3 / 4)
    assert (found.low, found.high) == pytest.approx((3 - half, 3 + half), abs=1e-6)


def test_complete_order_has_no_width_and_a_missing_class_no_interval() -> None:
    y, p = np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.4])
    assert auc_interval(y, p) == Interval(1.0, 1.0, 1.0)
    for labels in ([0, 0, 0, 1], [1, 1, 1, 1]):
        with pytest.raises(ValueError, match="both classes twice"):
            auc_interval(labels, p)


def test_a_hundred_thousand_rows_and_two_sorts_of_blocks_take_less_than_a_second() -> None:
    y, p, q = drawn(2, 100_000)
    began = time.process_time()
    auc_interval(y, p)
    auc_difference(y, p, q)
    for days in (14, 90):
        interval("auc", y, p, np.arange(len(y)) % days)
    assert time.process_time() - began < 1
