"""Block-bootstrap intervals: what they are made of, and that they cover what they promise to."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from perennial.statistics import bootstrap
from perennial.statistics.ranking import auc
from perennial.statistics.replicates import METRICS as METRICS_OF_BLOCKS
from perennial.statistics.resampling import Interval, difference, interval, mean_interval, ratio_interval

METRICS = {"auc": auc, "brier": brier_score_loss}


def days(rng: np.random.Generator, count: int, rows: int = 60) -> tuple[np.ndarray, ...]:
    """Draw outcomes, a good score, a noisy one and the day of each row; a day's rows share an effect."""
    day = np.repeat(np.arange(count), rows)
    effect = rng.normal(0, 0.7, count)[day]
    x = rng.normal(size=len(day)) + effect / 2
    y = (rng.random(len(day)) < sigmoid(x + effect - 1)).astype(int)
    return y, sigmoid(x - 1), sigmoid(x + rng.normal(size=len(day)) - 1), day


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("metric", METRICS)
def test_the_value_is_the_metric_and_lies_inside(metric: str) -> None:
    y, p, noisy, day = days(np.random.default_rng(1), 14)
    found = interval(metric, y, p, day, B=300)  # type: ignore[arg-type]
    assert found.value == pytest.approx(METRICS[metric](y, p), abs=1e-12)
    assert found.low < found.value < found.high
    other = difference(metric, y, p, noisy, day, B=300)  # type: ignore[arg-type]
    assert other.value == pytest.approx(METRICS[metric](y, p) - METRICS[metric](y, noisy), abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 6), st.integers(0, 4)), min_size=4, max_size=30), st.data())
def test_a_replicate_is_the_metric_of_the_rows_drawn(rows: list[tuple[int, int, int]], data: st.DataObject) -> None:
    y, p, day = (np.array(column) for column in zip(*rows, strict=True))
    p = p / 6
    assume(len(set(day)) > 1)
    codes, count = bootstrap.block_codes(day)
    draws = np.array(data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count)))
    drawn = np.repeat(np.arange(len(y)), draws[codes])
    assume(len(drawn))
    for name, metric in METRICS.items():
        found = METRICS_OF_BLOCKS[name](y, p, codes, count)(draws[:, None])[0]
        if name == "auc" and len(set(y[drawn])) < 2:
            assert np.isnan(found)
        else:
            assert found == pytest.approx(metric(y[drawn], p[drawn]), abs=1e-12)


def test_the_same_seed_gives_the_same_interval_whatever_is_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    y, p, _, day = days(np.random.default_rng(2), 20)
    first = interval("auc", y, p, day, B=200, seed=5)
    monkeypatch.setattr(bootstrap, "SLICE", 7 * len(y))
    assert interval("auc", y, p, day, B=200, seed=5) == first
    assert interval("auc", y, p, day, B=200, seed=6) != first


def test_the_order_of_rows_and_the_names_of_days_do_not_matter() -> None:
    y, p, _, day = days(np.random.default_rng(3), 10)
    order = np.random.default_rng(0).permutation(len(y))
    named = np.array([f"2013-01-{d + 1:02d}" for d in day])
    first, second = interval("auc", y, p, day, B=100), interval("auc", y[order], p[order], named[order], B=100)
    assert second.to_dict() == pytest.approx(first.to_dict(), abs=1e-12)


def test_a_model_does_not_differ_from_itself() -> None:
    y, p, _, day = days(np.random.default_rng(4), 10)
    assert difference("auc", y, p, p, day, B=50) == Interval(0.0, 0.0, 0.0)


def test_pairing_makes_a_difference_narrower_than_its_parts() -> None:
    y, p, _, day = days(np.random.default_rng(5), 30)
    near = np.clip(p + np.random.default_rng(6).normal(0, 0.01, len(p)), 0, 1)
    alone, paired = interval("auc", y, p, day, B=300), difference("auc", y, p, near, day, B=300)
    assert paired.high - paired.low < (alone.high - alone.low) / 3


def test_days_that_hang_together_make_wider_intervals_than_single_rows() -> None:
    y, _, _, day = days(np.random.default_rng(7), 30)
    by_day, by_row = mean_interval(y, day, B=300), mean_interval(y, np.arange(len(y)), B=300)
    assert by_day.high - by_day.low > 1.5 * (by_row.high - by_row.low)


def test_a_higher_level_is_wider() -> None:
    y, p, _, day = days(np.random.default_rng(8), 14)
    narrow, wide = (interval("auc", y, p, day, B=500, level=level) for level in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_one_block_one_class_and_gaps_raise() -> None:
    y, p, _, day = days(np.random.default_rng(9), 5)
    with pytest.raises(ValueError, match="two blocks"):
        interval("auc", y, p, np.zeros(len(y)))
    with pytest.raises(ValueError, match="undefined"):
        interval("auc", np.zeros(len(y)), p, day)
    with pytest.raises(ValueError, match="a block for each"):
        interval("brier", y, p, day[:-1])
    with pytest.raises(ValueError, match="finite values"):
        mean_interval(np.full(len(y), np.nan), day)


def test_a_class_that_stands_in_one_block_of_many_has_no_interval() -> None:
    y, p, day = np.zeros(100), np.linspace(0, 1, 100), np.arange(100) // 10
    y[:3] = 1
    assert np.isfinite(auc(y, p))
    with pytest.raises(ValueError, match="undefined in 3"):
        interval("auc", y, p, day, B=1000)


def test_twelve_thousand_rows_and_a_thousand_replicates_take_less_than_three_seconds() -> None:
    rng = np.random.default_rng(10)
    y, p = rng.integers(0, 2, 12_000), rng.random(12_000)
    for blocks in (np.arange(12_000) // 858, np.arange(12_000)):
        began = time.process_time()
        interval("auc", y, p, blocks, B=1000)
        assert time.process_time() - began < 3


@pytest.mark.parametrize("count", [7, 14, 30])
def test_the_interval_covers_the_truth_about_as_often_as_it_says(count: int) -> None:
    truth = auc(*days(np.random.default_rng(0), 5_000)[:2])
    hits = 0
    for seed in range(200):
        y, p, _, day = days(np.random.default_rng(1_000 + seed), count)
        found = interval("auc", y, p, day, B=200, seed=seed)
        hits += found.low <= truth <= found.high
    assert 0.89 <= hits / 200 <= 0.99  # 0.95 with three standard errors of 200 trials and a little bias of few days


@pytest.mark.parametrize("count", [30, 3_000])
def test_a_ratio_of_sums_has_an_interval(count: int) -> None:
    rng = np.random.default_rng(11)
    below = rng.uniform(1, 3, 3_000)
    above = 0.4 * below + rng.normal(0, 0.1, 3_000)
    found = ratio_interval(above, below, np.arange(3_000) % count)
    assert found.value == pytest.approx(above.sum() / below.sum())
    assert found.low < 0.4 < found.high
    assert 0.001 < found.high - found.low < 0.02


def test_a_ratio_to_nothing_raises() -> None:
    for blocks in (np.arange(6), np.arange(6) // 2):
        with pytest.raises(ValueError, match="undefined"):
            ratio_interval(np.ones(6), np.zeros(6), blocks)
