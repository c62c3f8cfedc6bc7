"""Explanations add up for every estimator of the catalogue, and where SHAP is silently wrong the error shows it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from perennial.estimators.explain import cost, explain
from perennial.estimators.pipeline import build, fit

ROWS = 1_500
EXACT = 1e-9
NUMERIC, CATEGORICAL = ["x", "z"], ["town"]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    town = rng.choice([f"t{n}" for n in range(12)], ROWS)
    x = np.where(rng.random(ROWS) < 0.1, np.nan, rng.normal(size=ROWS))
    odd = np.char.replace(town.astype(str), "t", "").astype(int) % 2
    logit = 2 * np.nan_to_num(x) + 2 * odd - 1
    return pd.DataFrame(
        {
            "x": x,
            "z": rng.normal(size=ROWS),
            "town": town,
            "y": (rng.random(ROWS) < 1 / (1 + np.exp(-logit))).astype(int),
            "amount": np.exp(logit / 2 + rng.normal(0, 0.1, ROWS)),
        }
    )


def fitted(dotted: str, params: dict[str, Any], rows: pd.DataFrame) -> Pipeline:
    model = build(f"sklearn.{dotted}", params, NUMERIC, CATEGORICAL, 0)
    if dotted.endswith(("Regressor", "Ridge")):
        return model.fit(rows, rows["amount"])
    return fit(model, rows, rows["y"])


CATALOGUE = [
    ("ensemble.HistGradientBoostingClassifier", {"max_iter": 20}),
    ("ensemble.RandomForestClassifier", {"n_estimators": 5, "max_depth": 6}),
    ("linear_model.LogisticRegression", {}),
    ("ensemble.HistGradientBoostingRegressor", {"max_iter": 20}),
    ("ensemble.HistGradientBoostingRegressor", {"max_iter": 20, "loss": "gamma"}),
    ("ensemble.RandomForestRegressor", {"n_estimators": 5, "max_depth": 6}),
    ("linear_model.Ridge", {}),
]


@pytest.mark.parametrize(("dotted", "params"), CATALOGUE)
def test_each_explanation_adds_up_to_its_score(dotted: str, params: dict[str, Any], rows: pd.DataFrame) -> None:
    model = fitted(dotted, params, rows)
    found = explain(model, rows.head(200))
    assert found.error < EXACT
    assert list(found.contributions) == ["x", "z", "town"]
    assert found.raw.std() > 0.01
    assert next(reversed(found.importance)) == "z"
    assert (cost(model) > 0) == ("linear" not in dotted)


def test_the_raw_score_is_the_models_own(rows: pd.DataFrame) -> None:
    model = fitted("ensemble.HistGradientBoostingClassifier", {"max_iter": 20}, rows)
    probability = model.predict_proba(rows.head(50)[[*NUMERIC, *CATEGORICAL]])[:, 1]
    assert explain(model, rows.head(50)).raw == pytest.approx(np.log(probability / (1 - probability)))


def test_native_categories_are_explained_wrongly_and_the_error_says_so(rows: pd.DataFrame) -> None:
    model = build("sklearn.ensemble.HistGradientBoostingClassifier", {"max_iter": 20}, NUMERIC, CATEGORICAL, 0)
    model.set_params(estimator__categorical_features=[2])
    found = explain(fit(model, rows, rows["y"]), rows.head(200))
    assert found.error > 0.01


def test_reasons_are_the_heaviest_columns_of_each_row(rows: pd.DataFrame) -> None:
    found = explain(fitted("linear_model.LogisticRegression", {}, rows), rows.head(100))
    reasons = found.reasons(2)
    size = found.contributions.abs()
    assert reasons.shape == (100, 2)
    assert (reasons[:, 0] == size.idxmax(axis=1)).all()
    assert (reasons[:, 0] != reasons[:, 1]).all()
    few = found.take(np.array([3, 5]))
    assert (few.reasons(2) == reasons[[3, 5]]).all()
    assert few.error < EXACT


def test_a_model_of_numbers_alone_is_explained_too(rows: pd.DataFrame) -> None:
    model = fit(build("sklearn.linear_model.LogisticRegression", {}, ["x", "z"], [], 0), rows, rows["y"])
    found = explain(model, rows.head(100))
    assert (list(found.contributions), found.error < EXACT) == (["x", "z"], True)
