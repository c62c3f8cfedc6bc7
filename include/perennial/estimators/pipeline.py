"""From an estimator's name to a fitted scikit-learn pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.estimators.catalogue import LINEAR, check_values, name_of, resolve
from perennial.estimators.columns import Columns, Data, to_frame
from perennial.estimators.threads import limited
from perennial.spec.training import REGRESSORS

if TYPE_CHECKING:
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline

ITERATIVE = frozenset({"sklearn.linear_model.LogisticRegression"})
UNSEEN, MISSING = -1, -2
"""Codes of a category that training did not see, and of none at all."""


def build(
    dotted: str, params: Mapping[str, Any], numeric: Sequence[str], categorical: Sequence[str], seed: int
) -> Pipeline:
    """Return an unfitted pipeline of two steps, `columns` and `estimator`; raises SpecError for illegal parameters."""
    from sklearn.pipeline import Pipeline

    check_values(dotted, params)
    columns = Columns(tuple(numeric), tuple(categorical))
    fixed = {"max_iter": 1000} if dotted in ITERATIVE else {}  # the library's 100 often stops short of the optimum
    estimator = resolve(dotted)(**{**fixed, **params, "random_state": seed})
    if "categorical_features" in estimator.get_params():
        estimator.set_params(categorical_features=None)
    return Pipeline([("columns", _transformer(columns, linear=dotted in LINEAR)), ("estimator", estimator)])


def fit(model: Pipeline, data: Data, y: ArrayLike, *, threads: int | None = None) -> Pipeline:
    """Fit in place and return; y of shape (n,). Threads as in `limited`.

    Raises ValueError unless the labels are 0 and 1, both present (a regressor: finite numbers that differ), and every
    numeric column has some value.
    """
    labels = _numbers(y) if name_of(model.named_steps["estimator"]) in REGRESSORS else _classes(y)
    columns = Columns.of(model)
    frame = to_frame(data, columns)
    if empty := [name for name in columns.numeric if frame[name].isna().all()]:
        raise ValueError(f"expected some value in every column, found none in {', '.join(empty)}")
    with limited(threads):
        model.fit(frame, labels)
    binning = getattr(model.named_steps["estimator"], "_bin_mapper", None)
    if binning is not None:
        binning.n_threads = None  # all that differs in the file of a fit on another number of threads
    return model


def _classes(y: ArrayLike) -> NDArray[np.int64]:
    labels = np.asarray(y)
    if labels.ndim != 1 or set(labels.tolist()) != {0, 1}:
        found = ", ".join(sorted({str(label) for label in labels.ravel()})[:5])
        raise ValueError(f"expected labels 0 and 1, both present and none missing, found {found or 'none'}")
    return labels.astype(np.int64)


def _numbers(y: ArrayLike) -> NDArray[np.float64]:
    labels = np.asarray(y, dtype=np.float64)
    if labels.ndim != 1 or not len(labels) or not np.isfinite(labels).all() or labels.min() == labels.max():
        raise ValueError(f"expected finite numbers that differ, found {len(labels)} others")
    return labels


def _transformer(columns: Columns, *, linear: bool) -> ColumnTransformer:
    """Give trees codes and bare numbers, linear models indicators and standardised numbers."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

    numeric: Any = "passthrough"
    categorical: Any = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=UNSEEN, encoded_missing_value=MISSING
    )
    if linear:
        numeric = Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
        categorical = OneHotEncoder(handle_unknown="ignore")
    parts = [("numeric", numeric, list(columns.numeric)), ("categorical", categorical, list(columns.categorical))]
    return ColumnTransformer([part for part in parts if part[2]], verbose_feature_names_out=False)
