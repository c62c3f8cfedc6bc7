"""Figures expected of probabilities: those that came true where the probabilities are the labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from perennial.statistics.estimated import Prices, Rows, calibrator, figures

PRICES = Prices(1.0, 4.0)
PAIRS = st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.booleans()), min_size=2, max_size=60)


@given(PAIRS)
def test_of_labels_they_are_what_came_true(rows: list[tuple[int, bool, bool]]) -> None:
    score, y, yes = (np.array(one, dtype=np.float64) for one in zip(*rows, strict=True))
    found = figures(score / 10, y, yes, PRICES)
    if len(set(y)) == 2:
        assert found.auc == pytest.approx(roc_auc_score(y, score))
    else:
        assert found.auc is None
    assert found.rate == pytest.approx(y.mean())
    wrong_yes, wrong_no = ((yes == 1) & (y == 0)).sum(), ((yes == 0) & (y == 1)).sum()
    assert found.cost == pytest.approx((wrong_yes + 4 * wrong_no) / len(y))


def test_they_are_the_mean_of_what_may_come_true() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(200)
    decision = (p > 0.4).astype(np.float64)
    found = figures(p, p, decision, PRICES)
    drawn = [figures(p, (rng.random(200) < p).astype(np.float64), decision, PRICES) for _ in range(2_000)]
    for name in ("auc", "rate", "cost"):
        values = np.array([getattr(one, name) for one in drawn])
        assert getattr(found, name) == pytest.approx(values.mean(), abs=4 * values.std() / np.sqrt(len(drawn)) + 2e-4)


def test_a_row_without_a_decision_costs_nothing() -> None:
    p, nobody = np.array([0.2, 0.8]), np.array([np.nan, np.nan])
    assert figures(p, p, nobody, PRICES).cost is None
    assert figures(p, p, np.array([1.0, np.nan]), PRICES).cost == pytest.approx(0.8)


def test_a_calibrator_learns_how_often_a_score_is_right() -> None:
    rng = np.random.default_rng(1)
    score = rng.random(50_000)
    y = (rng.random(50_000) < score**2).astype(np.float64)
    fitted = calibrator(score, y)
    assert fitted is not None
    asked = np.linspace(0.05, 0.95, 19)
    assert np.abs(fitted(asked) - asked**2).max() < 0.05
    assert calibrator(score, np.ones(50_000)) is None


def test_rows_of_days() -> None:
    day = np.array([1, 1, 2, 4])
    rows = Rows(day, np.arange(4.0), np.array([0.0, np.nan, 1.0, 1.0]), np.zeros(4))
    assert rows.between(2, 4).score.tolist() == [2.0, 3.0]
    assert rows.between(3, 3).score.tolist() == []
    assert rows.labelled().score.tolist() == [0.0, 2.0, 3.0]
