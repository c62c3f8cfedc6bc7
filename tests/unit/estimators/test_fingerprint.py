"""Checksums and samples are the same whatever order rows come in, and tell every value that is not the same."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.estimators import feature_log
from perennial.estimators.columns import Columns
from perennial.estimators.fingerprint import SAMPLE, Day, Fingerprints, differing
from perennial.keys import Window
from perennial.lake.partitions import Lake

FIRST = date(2020, 1, 1)
COLUMNS = Columns(("x", "n"), ("c",))


def rows(count: int = 600, days: int = 1) -> pa.Table:
    rng = np.random.default_rng(count)
    return pa.table(
        {
            "day": pa.array([FIRST + timedelta(days=place * days // count) for place in range(count)]),
            "id": [f"r{place}" for place in range(count)],
            "x": pa.array([None if place % 7 == 0 else value for place, value in enumerate(rng.normal(size=count))]),
            "n": pa.array(rng.integers(0, 5, count)),
            "c": pa.array([None, "a", "b", "c"][value] for value in rng.integers(0, 4, count)),
        }
    )


def looked(table: pa.Table, batch: int = 10_000) -> dict[date, Day]:
    made = Fingerprints("id", COLUMNS)
    for one in table.to_batches(batch):
        made.add(one)
    return made.days


def changed(table: pa.Table, column: str, place: int, value: object) -> pa.Table:
    values = table.column(column).to_pylist()
    values[place] = value
    return table.set_column(table.column_names.index(column), column, pa.array(values, table.field(column).type))


@settings(max_examples=20)
@given(order=st.permutations(range(300)), batch=st.integers(1, 400))
def test_order_and_batches_do_not_matter(order: list[int], batch: int) -> None:
    table = rows(300)
    one, other = looked(table)[FIRST], looked(table.take(pa.array(order)), batch)[FIRST]
    assert differing(one, other) == []
    assert other.rows == 300
    assert other.sample.equals(one.sample)


@settings(max_examples=30)
@given(place=st.integers(0, 599), column=st.sampled_from(["x", "n", "c"]))
def test_one_other_value_in_any_row_is_seen(place: int, column: str) -> None:
    table = rows()
    other = {"x": 9.0, "n": 17, "c": "other"}[column]
    found = looked(changed(table, column, place, other))[FIRST]
    assert differing(looked(table)[FIRST], found) == [column]
    gone = looked(changed(table, column, place, None))[FIRST]
    was_there = table.column(column)[place].is_valid
    assert differing(looked(table)[FIRST], gone) == ([column] if was_there else [])


def test_values_that_changed_places_are_seen() -> None:
    table = rows()
    turned = table.set_column(2, "x", pa.array(table.column("x").to_pylist()[::-1]))
    assert differing(looked(table)[FIRST], looked(turned)[FIRST]) == ["x"]


def test_the_last_digit_of_a_sum_does_not_matter() -> None:
    table = rows(50)
    x = table.column("x").to_numpy(zero_copy_only=False)
    nudged = table.set_column(2, "x", pa.array(np.nextafter(x, 9), mask=np.isnan(x)))
    assert differing(looked(table)[FIRST], looked(nudged)[FIRST]) == []


def test_each_day_has_a_sample_of_its_own() -> None:
    found = looked(rows(1200, days=3), 700)
    assert [one.rows for one in found.values()] == [400, 400, 400]
    assert [one.sample.num_rows for one in found.values()] == [SAMPLE] * 3
    again = [
        table.set_column(0, "day", pa.array([day] * 400)) for day, table in zip(found, [rows(400)] * 3, strict=True)
    ]
    picked = [set(looked(table)[day].sample["id"].to_pylist()) for day, table in zip(found, again, strict=True)]
    assert picked[0] != picked[1], "keys that come every day are not the same ones every day"


def test_what_is_kept_is_read_back(tmp_path: Path) -> None:
    lake, table = Lake(tmp_path), rows()
    given_ = Fingerprints("id", COLUMNS)
    given_.add(table.to_batches()[0])
    window = Window(FIRST, FIRST + timedelta(days=1))
    full, empty = feature_log.keep(lake, "m/features_log", given_, window, table.schema)
    assert (full.rows, empty.rows) == (SAMPLE, 0)
    again = feature_log.read(lake.path(full))
    assert again.checksums == given_.days[FIRST].checksums
    assert again.rows == 600
    assert again.sample.equals(given_.days[FIRST].sample)
    assert feature_log.read(lake.path(empty)).rows == 0
    assert feature_log.keep(lake, "m/features_log", given_, window, table.schema) == [full, empty]


def test_a_column_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="expected numbers"):
        Fingerprints("id", Columns(("c",), ("x",))).add(rows().to_batches()[0])
