"""Scores from every kind of table, and what is refused."""

from __future__ import annotations

import os
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_info

from perennial.estimators.columns import Columns, to_frame
from perennial.estimators.predict import in_range, predict, score_batches
from perennial.estimators.threads import limited, wanted

NAN = pytest.approx(float("nan"), nan_ok=True)


def test_every_form_of_the_rows_has_the_same_scores(model: Pipeline, rows: pd.DataFrame) -> None:
    expected = predict(model, rows)
    table = pa.Table.from_pandas(rows)
    coded = rows.astype({"carrier": "category", "origin": "category"})
    for data in (table, table.to_batches()[0], coded, pa.Table.from_pandas(coded), rows[rows.columns[::-1]]):
        assert np.array_equal(predict(model, data), expected)
    assert expected.dtype == np.float64
    assert expected.shape == (len(rows),)


def test_the_score_is_the_probability_of_class_one(classifier: Pipeline, rows: pd.DataFrame) -> None:
    frame = to_frame(rows, Columns.of(classifier))
    assert np.array_equal(predict(classifier, rows), classifier.predict_proba(frame)[:, 1])


def test_missing_and_unseen_values_have_a_score(model: Pipeline, rows: pd.DataFrame) -> None:
    odd = rows.head(3).assign(distance=np.nan, hour=None, carrier=None, origin="XXX")
    assert np.isfinite(predict(model, odd)).all()


def test_batches_are_scored_one_by_one(trees: Pipeline, rows: pd.DataFrame) -> None:
    batches = pa.Table.from_pandas(rows).to_batches(max_chunksize=300)
    pairs = list(score_batches(trees, iter(batches)))
    assert [batch.num_rows for batch, _ in pairs] == [len(scores) for _, scores in pairs] == [300] * 6 + [200]
    assert np.array_equal(np.concatenate([scores for _, scores in pairs]), predict(trees, rows))


def test_no_rows_have_no_scores(model: Pipeline, rows: pd.DataFrame) -> None:
    assert predict(model, rows.head(0)).shape == (0,)


def test_a_missing_column_is_named(trees: Pipeline, rows: pd.DataFrame) -> None:
    for data in (rows.drop(columns=["wind", "origin"]), pa.Table.from_pandas(rows.drop(columns=["wind", "origin"]))):
        with pytest.raises(ValueError, match="columns missing: wind, origin"):
            predict(trees, data)


def test_text_is_no_number_even_when_it_looks_like_one(trees: Pipeline, rows: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="'wind': expected numbers, found string"):
        predict(trees, rows.assign(wind="12"))


@pytest.mark.parametrize("scores", [[0.5, np.nan], [-0.1], [1.1], [np.inf]])
def test_a_score_that_is_no_probability_raises(scores: list[float]) -> None:
    with pytest.raises(ValueError, match="outside"):
        in_range(np.array(scores))


def test_numbers_of_any_type_become_float() -> None:
    table = pa.table(
        {
            "a": pa.array([1, None], pa.int32()),
            "b": pa.array([True, None]),
            "c": pa.array([Decimal("1.5"), None]),
            "d": pa.nulls(2),
            "e": pa.array([2**60 + 1, 0]),
        }
    )
    frame = to_frame(table, Columns(("a", "b", "c", "d", "e"), ()))
    assert frame.dtypes.unique().tolist() == [np.dtype("float64")]
    assert frame.iloc[0, :3].tolist() == [1.0, 1.0, 1.5]
    assert frame.iloc[1, :4].isna().all()


@pytest.mark.parametrize("kind", [pa.int64(), pa.float64(), pa.float32(), pa.string()])
def test_a_whole_number_is_one_category_whatever_its_type(kind: pa.DataType) -> None:
    column = pa.array([3, 12, None]).cast(kind)
    assert to_frame(pa.table({"x": column}), Columns((), ("x",)))["x"].tolist() == ["3", "12", NAN]


def test_categories_of_other_numbers_do_not_depend_on_their_neighbours() -> None:
    values = [12345678901.0, 2.5, np.nan, np.inf, 1e300]
    together = to_frame(pa.table({"x": values}), Columns((), ("x",)))["x"].tolist()
    alone = [to_frame(pa.table({"x": [value]}), Columns((), ("x",)))["x"].tolist()[0] for value in values]
    assert together == alone == ["12345678901", "2.5", NAN, "inf", "1e+300"]


def test_threads_are_those_of_the_environment_and_one_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, expected in [("3", 3), ("2,1", 2), ("", 1), ("many", 1), ("0", 1)]:
        monkeypatch.setenv("OMP_NUM_THREADS", text)
        assert wanted() == expected
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert wanted() == 1
    with limited():
        assert {library["num_threads"] for library in threadpool_info()} == {1}
    with limited(min(2, os.cpu_count() or 1)):
        assert {library["num_threads"] for library in threadpool_info()} == {min(2, os.cpu_count() or 1)}
