"""AUC, Brier score and log loss against their definitions and against scikit-learn."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from perennial.statistics.ranking import auc, brier_terms, checked

SCORE = st.integers(0, 8).map(lambda n: n / 8)  # few values, so that ties are common
ROWS = st.lists(st.tuples(st.integers(0, 1), SCORE), min_size=2, max_size=40)
BOTH = ROWS.filter(lambda rows: len({y for y, _ in rows}) == 2)


def split(rows: list[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    y, p = zip(*rows, strict=True)
    return np.array(y), np.array(p)


@settings(deadline=None)
@given(BOTH)
def test_auc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[int, float]]) -> None:
    wins = [(p > q) + (p == q) / 2 for y, p in rows if y == 1 for z, q in rows if z == 0]
    assert auc(*split(rows)) == pytest.approx(sum(wins) / len(wins), abs=1e-12)


@settings(deadline=None)
@given(BOTH)
def test_auc_is_scikit_learns(rows: list[tuple[int, float]]) -> None:
    assert auc(*split(rows)) == pytest.approx(metrics.roc_auc_score(*split(rows)), abs=1e-12)


@settings(deadline=None)
@given(BOTH, st.randoms(use_true_random=False))
def test_auc_depends_on_the_order_of_scores_alone(rows: list[tuple[int, float]], random: object) -> None:
    y, p = split(rows)
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert auc(*split(shuffled)) == auc(y, p)
    assert auc(y, np.exp(3 * p) - 7) == auc(y, p)
    assert auc(1 - y, p) == pytest.approx(1 - auc(y, p), abs=1e-12)


@settings(deadline=None)
@given(ROWS)
def test_the_brier_score_is_scikit_learns(rows: list[tuple[int, float]]) -> None:
    y, p = split(rows)
    assert brier_terms(y, p).mean() == pytest.approx(metrics.brier_score_loss(y, p), abs=1e-12)


def test_auc_on_many_rows_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 2, 50_000), np.round(rng.random(50_000), 3)
    assert auc(y, p) == pytest.approx(metrics.roc_auc_score(y, p), abs=1e-12)


@pytest.mark.parametrize("metric", [auc, partial(checked, probabilities=True)], ids=["auc", "of probabilities"])
@pytest.mark.parametrize(
    ("y", "p", "words"),
    [
        ([0, 1], [0.1, np.nan], "finite"),
        ([0, 1], [0.1, np.inf], "finite"),
        ([0, np.nan], [0.1, 0.2], "labels"),
        ([0, 2], [0.1, 0.2], "labels"),
        ([0, 1], [0.1], "shapes"),
        ([], [], "shapes"),
        ([[0, 1]], [[0.1, 0.2]], "shapes"),
    ],
)
def test_what_has_no_score_raises(metric: object, y: list[float], p: list[float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        metric(y, p)  # type: ignore[operator]


@pytest.mark.parametrize("y", [[0, 0], [1, 1]])
def test_auc_of_one_class_raises(y: list[int]) -> None:
    with pytest.raises(ValueError, match="both classes"):
        auc(y, [0.1, 0.2])


def test_a_score_that_is_no_probability_has_an_auc_but_no_brier() -> None:
    assert auc([0, 1], [-3.0, 12.0]) == 1
    with pytest.raises(ValueError, match="probabilities"):
        checked([0, 1], [-3.0, 12.0], probabilities=True)
