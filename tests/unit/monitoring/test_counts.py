"""Counts by DuckDB are those of the rows, on real flights with everything that can be wrong with a column."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.keys import Window
from perennial.monitoring.binning import bins_of
from perennial.monitoring.bins import LEVELS, MOST, Bins, number_bins, text_bins
from perennial.monitoring.counts import Rows, beside, count
from unit.validation.real import flights

NUMERIC, TEXT = ["distance", "minute_of_day", "holes", "same", "absent", "never"], ["carrier", "dest", "odd"]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = flights().head(6_000).copy()
    rows["day"] = [date(2013, 1, 1 + 2 * int(n)) for n in rng.integers(0, 10, len(rows))]
    rows["holes"] = np.select([rng.random(len(rows)) < share for share in (0.1, 0.1, 0.05)], [np.nan, 0.0, np.inf], 1.5)
    rows["same"], rows["never"] = 7, np.nan
    rows["odd"] = np.where(rng.random(len(rows)) < 0.2, None, np.where(rng.random(len(rows)) < 0.5, "it's", ""))
    return rows


@pytest.fixture
def rows(frame: pd.DataFrame) -> Rows:
    database = duckdb.connect(config={"threads": 1})
    database.register("frame", frame)
    database.execute("CREATE TABLE kept AS SELECT * REPLACE (CAST(day AS DATE) AS day) FROM frame")
    return Rows(database, "SELECT * FROM kept")


def by_hand(frame: pd.DataFrame, name: str, bins: Bins) -> np.ndarray:
    column = frame[name] if name in frame else pd.Series([None] * len(frame))
    return bins.count(column.dropna(), int(column.isna().sum()))


def test_counts_are_those_of_the_rows(rows: Rows, frame: pd.DataFrame) -> None:
    bins = bins_of(rows, NUMERIC, TEXT)
    found = count(rows, bins)
    assert found.days == Window(date(2013, 1, 1), date(2013, 1, 19))
    assert found.rows == len(frame)
    assert found.constant == {"same"}
    for place, (name, one) in enumerate(bins.items()):
        for day in (1, 2, 19):
            part = frame[frame["day"] == date(2013, 1, day)]
            cells = found.cells[day - 1, place]
            assert cells[: one.size].tolist() == by_hand(part, name, one).tolist(), name
            assert not cells[one.size :].any()
    assert (found.total.sum(axis=1) == len(frame)).all()


def test_numbers_are_cut_into_shares_that_were_asked_for(rows: Rows) -> None:
    bins = bins_of(rows, ["minute_of_day"], [])
    shares = count(rows, bins).total[0] / 6_000
    assert shares[:-1].tolist() == pytest.approx(np.diff([0, *LEVELS, 1]), abs=0.03)


def test_rare_and_unseen_categories_are_one(rows: Rows, frame: pd.DataFrame) -> None:
    (bins,) = bins_of(rows, [], ["dest"]).values()
    assert 1 < len(bins.categories) <= MOST
    common = frame["dest"].value_counts(normalize=True)
    assert common[list(bins.categories)].min() >= 0.009
    assert bins.count(pd.Series(["new to us", bins.categories[0]]), 3).tolist() == [
        1, *[0] * (len(bins.categories) - 1), 1, 3,
    ]  # fmt: skip


def test_new_values_below_a_common_least_one_have_a_bin(rows: Rows) -> None:
    same = bins_of(rows, ["same"], [])["same"]
    assert same.count(pd.Series([7.0, 6.9, 7.1, 7.0]), 0).tolist() == [1, 2, 1, 0]


def test_days_that_were_asked_for_are_there_with_or_without_rows(rows: Rows) -> None:
    bins = bins_of(rows, ["distance"], [])
    week = count(rows, bins, Window(date(2012, 12, 30), date(2013, 1, 3)))
    assert (week.cells.sum(axis=(1, 2)) > 0).tolist() == [False, False, True, False, True]
    assert beside(week, week).cells.shape == (5, 2, week.cells.shape[-1])


def test_no_rows_are_no_counts(rows: Rows) -> None:
    bins = bins_of(rows, ["distance"], ["dest"])
    none = count(
        Rows(rows.database, "SELECT * FROM kept WHERE false"), bins, Window(date(2013, 1, 1), date(2013, 1, 2))
    )
    assert none.rows == 0
    assert none.total.sum() == 0


def test_a_sample_is_the_same_each_time_and_has_every_column(rows: Rows) -> None:
    first, second = (rows.sample(["distance", "absent", "dest"], 100) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert len(first) == 100
    assert first["absent"].isna().all()


@given(st.lists(st.floats(allow_nan=False), max_size=30), st.floats(-1e6, 1e6))
def test_number_bins_take_every_number(values: list[float], least: float) -> None:
    bins = number_bins(values, least)
    seen = [*values, least, -np.inf, np.inf]
    assert bins.count(pd.Series(seen), 2).sum() == len(seen) + 2
    assert list(bins.edges) == sorted(set(bins.edges))
    assert Bins.from_dict(bins.to_dict()) == bins


@given(st.dictionaries(st.text(max_size=5), st.integers(1, 1_000)))
def test_text_bins_are_read_back(counts: dict[str, int]) -> None:
    bins = text_bins(counts)
    assert Bins.from_dict(bins.to_dict()) == bins
    assert "" not in bins.categories


def test_files_of_many_rows_are_counted_in_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    with duckdb.connect(config={"threads": 1}) as database:
        drawn = ", ".join(f"hash(range + {n}) % 1000 AS x{n}" for n in range(10))
        made = f"SELECT DATE '2013-01-01' + CAST(range % 14 AS INTEGER) AS day, {drawn} FROM range(500000)"
        database.execute(f"COPY ({made}) TO '{file}'")
        database.execute("SET memory_limit = '100MB'")
        many = Rows(database, f"FROM read_parquet('{file}')")
        assert count(many, bins_of(many, [f"x{n}" for n in range(10)], [])).rows == 500_000
