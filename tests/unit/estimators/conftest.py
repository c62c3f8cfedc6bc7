"""One small data set, and one fitted pipeline of each legal estimator."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from perennial.estimators import catalogue
from perennial.estimators.pipeline import build, fit
from perennial.spec.training import REGRESSORS

NUMERIC = ("distance", "hour", "wind")
CATEGORICAL = ("carrier", "origin")
SMALL = {
    "sklearn.ensemble.HistGradientBoostingClassifier": {"max_iter": 15, "max_leaf_nodes": 7},
    "sklearn.ensemble.RandomForestClassifier": {"n_estimators": 8, "max_depth": 5},
    "sklearn.linear_model.LogisticRegression": {},
    "sklearn.ensemble.HistGradientBoostingRegressor": {"max_iter": 15, "max_leaf_nodes": 7},
    "sklearn.ensemble.RandomForestRegressor": {"n_estimators": 8, "max_depth": 5},
    "sklearn.linear_model.Ridge": {},
}


@pytest.fixture(scope="session")
def rows() -> pd.DataFrame:
    """Give 2,000 rows with missing numbers and categories, and a label `late` that depends on them."""
    rng = np.random.default_rng(0)
    count = 2_000
    frame = pd.DataFrame(
        {
            "flight": [f"F{n}" for n in range(count)],
            "distance": rng.uniform(90, 5_000, count),
            "hour": rng.integers(5, 24, count),
            "wind": rng.normal(10, 5, count),
            "carrier": rng.choice(np.array(["AA", "DL", "UA", None], dtype=object), count),
            "origin": rng.choice(np.array(["EWR", "JFK", "LGA"], dtype=object), count),
        }
    )
    frame.loc[::17, "wind"] = np.nan
    signal = frame["hour"] / 6 + frame["wind"].fillna(10) / 5 + 2 * (frame["origin"] == "LGA")
    frame["late"] = (signal + rng.normal(size=count) > signal.median()).astype(int)
    frame["delay"] = 10 * (signal + rng.normal(size=count))
    return frame


@pytest.fixture(scope="session")
def models(rows: pd.DataFrame) -> dict[str, Pipeline]:
    """Give a fitted pipeline by dotted name."""
    assert set(SMALL) == set(catalogue.names())
    return {name: fitted(name, rows) for name in SMALL}


@pytest.fixture(params=sorted(SMALL))
def model(request: pytest.FixtureRequest, models: dict[str, Pipeline]) -> Pipeline:
    """Give each of them in turn."""
    return models[request.param]


@pytest.fixture(params=sorted(set(SMALL) - REGRESSORS))
def classifier(request: pytest.FixtureRequest, models: dict[str, Pipeline]) -> Pipeline:
    """Give each of those that predict a probability in turn."""
    return models[request.param]


@pytest.fixture
def trees(models: dict[str, Pipeline]) -> Pipeline:
    """Give the gradient boosting pipeline, where one is enough."""
    return models["sklearn.ensemble.HistGradientBoostingClassifier"]


def fitted(name: str, rows: pd.DataFrame) -> Pipeline:
    """Fit an estimator on the rows: a regressor on the delay, the others on whether it was late."""
    label = "delay" if name in REGRESSORS else "late"
    return fit(build(name, SMALL[name], NUMERIC, CATEGORICAL, seed=1), rows, rows[label])
