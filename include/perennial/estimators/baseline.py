"""The simple model that a candidate has to beat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from perennial.estimators.columns import Data
from perennial.estimators.pipeline import build, fit

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

BASELINE = "sklearn.linear_model.LogisticRegression"


def fit_baseline(
    data: Data, y: ArrayLike, numeric: Sequence[str], categorical: Sequence[str], *, seed: int = 0
) -> Pipeline:
    """Fit a logistic regression with default parameters on the same columns; y of shape (n,)."""
    return fit(build(BASELINE, {}, numeric, categorical, seed), data, y)
