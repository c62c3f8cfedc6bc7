"""Models that predict a number: fitted, kept, loaded, and held to numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from perennial.estimators.artifact import load, save
from perennial.estimators.baseline import fit_baseline
from perennial.estimators.manifest import describe
from perennial.estimators.pipeline import build, fit
from perennial.estimators.predict import finite, predict
from perennial.statistics.explained import r2
from unit.estimators.conftest import CATEGORICAL, NUMERIC

TREES = "sklearn.ensemble.HistGradientBoostingRegressor"


@pytest.fixture
def numbers(models: dict[str, Pipeline]) -> Pipeline:
    return models[TREES]


def test_trees_and_the_baseline_explain_a_number(numbers: Pipeline, rows: pd.DataFrame) -> None:
    simple = fit_baseline(rows, rows["delay"], NUMERIC, CATEGORICAL, task="regression")
    trees, line = (r2(rows["delay"], predict(model, rows)) for model in (numbers, simple))
    assert min(trees, line) > 0.5
    assert max(predict(numbers, rows)) > 1, "no probabilities"


def test_a_kept_regressor_predicts_the_same_bits(numbers: Pipeline, rows: pd.DataFrame, tmp_path: Path) -> None:
    kept = save(numbers, tmp_path, describe(numbers, rows))
    again = load(kept.path, kept.sha256)
    assert np.array_equal(predict(again, rows), predict(numbers, rows))


@pytest.mark.parametrize("labels", [[1.0, np.nan, 2.0], [3.0, 3.0, 3.0], [], [[1.0, 2.0]]])
def test_labels_from_which_nothing_is_learnt_are_refused(labels: list[float], rows: pd.DataFrame) -> None:
    model = build(TREES, {}, NUMERIC, CATEGORICAL, seed=1)
    with pytest.raises(ValueError, match="finite numbers that differ"):
        fit(model, rows.head(len(labels)), labels)


def test_a_number_that_is_none_is_no_score() -> None:
    with pytest.raises(ValueError, match="found 2 of 3"):
        finite(np.array([1.0, np.inf, np.nan]))
