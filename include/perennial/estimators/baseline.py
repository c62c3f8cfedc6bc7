"""The simple model that a candidate has to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from perennial.estimators.columns import Data
from perennial.estimators.pipeline import build, fit
from perennial.spec.training import Task

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

BASELINES: Mapping[Task, str] = {
    "classification": "sklearn.linear_model.LogisticRegression",
    "regression": "sklearn.linear_model.Ridge",
}


def fit_baseline(
    data: Data,
    y: ArrayLike,
    numeric: Sequence[str],
    categorical: Sequence[str],
    *,
    seed: int = 0,
    task: Task = "classification",
) -> Pipeline:
    """Fit a logistic or ridge regression with default parameters on the same columns; y of shape (n,)."""
    return fit(build(BASELINES[task], {}, numeric, categorical, seed), data, y)
