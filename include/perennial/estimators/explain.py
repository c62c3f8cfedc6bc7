"""Why a model scores as it does: what each column adds to the raw score of each row.

Trees by TreeSHAP (Lundberg et al. 2020), linear models exactly by their coefficients. Both are additive: base and
contributions sum to the raw score. TreeSHAP as shipped is wrong for natively categorical splits, on every row and
without a word, so whoever uses an explanation asks for `error` first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perennial.estimators.columns import Columns, Data, to_frame
from perennial.estimators.inner import inner
from perennial.estimators.threads import limited

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Explanation:
    """The raw score is that of the inner estimator: log-odds, a forest's probability, or a number."""

    contributions: pd.DataFrame
    """one column for each of the model's, (n, k)"""
    base: float
    raw: Floats
    """what is explained, (n,)"""

    @property
    def error(self) -> float:
        """Return how far the worst explanation is from the score it explains, relative to the largest score."""
        total = self.contributions.to_numpy().sum(axis=1) + self.base
        return float(np.abs(total - self.raw).max(initial=0.0) / max(1.0, np.abs(self.raw).max(initial=0.0)))

    def take(self, places: NDArray[np.int64]) -> Explanation:
        """Return the explanation of the rows at these places."""
        return Explanation(self.contributions.iloc[places], self.base, self.raw[places])

    @property
    def importance(self) -> dict[str, float]:
        """Return the mean absolute contribution of each column, the largest first."""
        found = self.contributions.abs().mean().sort_values(ascending=False, kind="stable")
        return {str(name): float(value) for name, value in found.items()}

    def reasons(self, most: int) -> NDArray[np.object_]:
        """Return the columns that weigh most in each row, the heaviest first, (n, most)."""
        order = np.argsort(-self.contributions.abs().to_numpy(), axis=1, kind="stable")[:, :most]
        return self.contributions.columns.to_numpy(dtype=object)[order]


def explain(model: Pipeline, data: Data) -> Explanation:
    """Explain rows; errors for the data as for `predict`."""
    columns = Columns.of(model)
    transformed = model.named_steps["columns"].transform(to_frame(data, columns))
    given = np.asarray(transformed.todense() if hasattr(transformed, "todense") else transformed, dtype=np.float64)
    estimator = inner(model)
    with limited():
        made, base = _linear(estimator, given) if hasattr(estimator, "coef_") else _trees(estimator, given)
        raw = _raw(estimator, given)
    owners = _owners(model, columns)
    summed = {name: made[:, owners == name].sum(axis=1) for name in columns.names}
    return Explanation(pd.DataFrame(summed), base, raw)


def cost(model: Pipeline) -> float:
    """Return about how many steps the explanation of one row takes: leaves times squared depth, over all trees."""
    estimator = inner(model)
    if hasattr(estimator, "_predictors"):
        trees = [tree for stage in estimator._predictors for tree in stage]  # noqa: SLF001 - no other way to the trees
        return float(sum(tree.get_n_leaf_nodes() * tree.get_max_depth() ** 2 for tree in trees))
    grown = [tree.tree_ for tree in getattr(estimator, "estimators_", [])]
    return float(sum(tree.n_leaves * tree.max_depth**2 for tree in grown))


def _trees(estimator: Any, given: Floats) -> tuple[Floats, float]:
    import shap

    explainer = shap.TreeExplainer(estimator)
    values = np.asarray(explainer.shap_values(given, check_additivity=False))
    base = np.atleast_1d(explainer.expected_value)
    if values.ndim == 3:  # noqa: PLR2004 - rows, columns, classes: a forest explains the probability of each class
        return values[:, :, 1], float(base[1])
    return values, float(base[0])


def _linear(estimator: Any, given: Floats) -> tuple[Floats, float]:
    """Take the mean row as base."""
    weights, middle = np.ravel(estimator.coef_), given.mean(axis=0)
    return (given - middle) * weights, float(np.ravel(estimator.intercept_)[0] + middle @ weights)


def _raw(estimator: Any, given: Floats) -> Floats:
    if hasattr(estimator, "decision_function"):
        return np.asarray(estimator.decision_function(given), dtype=np.float64)
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(given)[:, 1], dtype=np.float64)
    numbers = np.asarray(estimator.predict(given), dtype=np.float64)
    loss = getattr(estimator, "_loss", None)  # a boosted regressor adds up behind the link of its loss
    return numbers if loss is None else np.asarray(loss.link.link(numbers), dtype=np.float64)


def _owners(model: Pipeline, columns: Columns) -> NDArray[np.object_]:
    """Return which of the model's columns each transformed column belongs to."""
    step = model.named_steps["columns"]
    owners: list[str] = list(columns.numeric)
    if columns.categorical:
        encoder = step.named_transformers_["categorical"]
        one_hot = type(encoder).__name__ == "OneHotEncoder"
        widths = [len(values) if one_hot else 1 for values in encoder.categories_]
        owners += [name for name, width in zip(columns.categorical, widths, strict=True) for _ in range(width)]
    return np.array(owners, dtype=object)
