"""R squared against scikit-learn, and its replicates against drawing rows for real."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import r2_score

from perennial.statistics.bootstrap import bootstrap
from perennial.statistics.explained import r2, r2_of


def data(seed: int, rows: int = 300, blocks: int = 12) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.normal(1e6, 3, rows)
    return y, y + rng.normal(0, 2, rows), rng.integers(0, blocks, rows)


@given(st.integers(0, 10_000))
def test_it_is_scikit_learns(seed: int) -> None:
    y, p, _ = data(seed)
    assert r2(y, p) == pytest.approx(r2_score(y, p), abs=1e-9)


@given(st.integers(0, 10_000))
def test_a_replicate_is_the_figure_of_the_drawn_rows(seed: int) -> None:
    y, p, blocks = data(seed)
    draws = np.random.default_rng(seed + 1).integers(0, 3, (12, 5))
    found = r2_of(y, p, blocks, 12)(draws)
    for number in range(5):
        rows = np.repeat(np.arange(len(y)), draws[blocks, number])
        assert found[number] == pytest.approx(r2_score(y[rows], p[rows]), abs=1e-6)


def test_an_interval_holds_the_figure() -> None:
    y, p, blocks = data(3)
    found = bootstrap(r2_of(y, p, blocks, 12), 12)
    assert found.low < r2(y, p) < found.high
    assert found.value == pytest.approx(r2(y, p), abs=1e-9)


@pytest.mark.parametrize(
    ("y", "p"),
    [([], []), ([1.0], [1.0, 2.0]), ([1.0, np.nan], [1.0, 2.0]), ([1.0, 2.0], [1.0, np.inf]), ([2, 2], [1, 3])],
)
def test_what_has_no_figure_is_refused(y: list[float], p: list[float]) -> None:
    with pytest.raises(ValueError, match=r"expected|needs"):
        r2(y, p)
