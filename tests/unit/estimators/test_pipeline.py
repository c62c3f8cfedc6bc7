"""What `build` makes and `fit` accepts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.pipeline import Pipeline

from perennial.errors import SpecError
from perennial.estimators.baseline import BASELINES, fit_baseline
from perennial.estimators.catalogue import name_of
from perennial.estimators.columns import Columns, to_frame
from perennial.estimators.pipeline import MISSING, UNSEEN, build, fit
from perennial.estimators.predict import predict
from perennial.statistics.ranking import auc

from .conftest import CATEGORICAL, NUMERIC

HGB = "sklearn.ensemble.HistGradientBoostingClassifier"


def test_every_estimator_learns(model: Pipeline, rows: pd.DataFrame) -> None:
    assert auc(rows["late"], predict(model, rows)) > 0.75


def test_the_baseline_is_a_default_logistic_regression_that_learns(rows: pd.DataFrame) -> None:
    model = fit_baseline(rows, rows["late"], NUMERIC, CATEGORICAL)
    assert name_of(model.named_steps["estimator"]) == BASELINES["classification"]
    assert auc(rows["late"], predict(model, rows)) > 0.75


def test_columns_are_in_one_order_whatever_the_order_given(rows: pd.DataFrame) -> None:
    first = fit(build(HGB, {"max_iter": 5}, NUMERIC, CATEGORICAL, 0), rows, rows["late"])
    second = fit(
        build(HGB, {"max_iter": 5}, NUMERIC[::-1], CATEGORICAL[::-1], 0), rows[rows.columns[::-1]], rows["late"]
    )
    assert Columns.of(first) == Columns.of(second) == Columns(NUMERIC, CATEGORICAL)
    assert np.array_equal(predict(first, rows), predict(second, rows))


def test_categories_are_ordinal_numbers_and_never_native(trees: Pipeline) -> None:
    assert trees.named_steps["estimator"].is_categorical_ is None
    few = pd.DataFrame({"distance": 1.0, "hour": 1.0, "wind": 1.0, "carrier": ["DL", "??", None], "origin": "JFK"})
    codes = trees.named_steps["columns"].transform(to_frame(few, Columns.of(trees)))
    assert codes[:, 3].tolist() == [1, UNSEEN, MISSING]


def test_one_kind_of_column_is_enough(rows: pd.DataFrame) -> None:
    for numeric, categorical in [(NUMERIC, ()), ((), CATEGORICAL)]:
        for name in (HGB, BASELINES["classification"]):
            model = fit(build(name, {}, numeric, categorical, 0), rows, rows["late"])
            assert Columns.of(model) == Columns(numeric, categorical)
            assert len(predict(model, rows)) == len(rows)


def test_a_column_without_any_number_is_named(rows: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="found none in wind"):
        fit(build(HGB, {}, NUMERIC, CATEGORICAL, 0), rows.assign(wind=np.nan), rows["late"])


def test_the_seed_decides() -> None:
    names = [build("sklearn.ensemble.RandomForestClassifier", {}, ["x"], [], seed) for seed in (1, 2)]
    assert [model.named_steps["estimator"].random_state for model in names] == [1, 2]


def test_arrow_and_pandas_fit_the_same_model(rows: pd.DataFrame) -> None:
    made = [
        fit(build(HGB, {"max_iter": 5}, NUMERIC, CATEGORICAL, 0), data, rows["late"]) for data in (rows, pa.table(rows))
    ]
    assert np.array_equal(predict(made[0], rows), predict(made[1], rows))


@pytest.mark.parametrize("labels", [[0, 0, 0], [1, 1, 1], [0, 1, 2], [0, 1, None], [], [0.0, 1.0, np.nan]])
def test_labels_that_are_not_two_classes_raise(labels: list[object]) -> None:
    with pytest.raises(ValueError, match="labels 0 and 1"):
        fit(build(HGB, {}, ["x"], [], 0), pd.DataFrame({"x": [1.0, 2.0, 3.0]}), labels)


def test_columns_named_twice_or_not_at_all_raise() -> None:
    for numeric, categorical in [((), ()), (("x",), ("x",)), (("x", "x"), ())]:
        with pytest.raises(ValueError, match="each named once"):
            build(HGB, {}, numeric, categorical, 0)


def test_an_illegal_parameter_raises() -> None:
    with pytest.raises(SpecError):
        build(HGB, {"max_iter": 0}, ["x"], [], 0)
