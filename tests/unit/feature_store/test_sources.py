"""Which files stand behind a source."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perennial.errors import PerennialError
from perennial.feature_store.sources import day_of, files_of, folder_of, table_of


def partition(table: Path, day: str, name: str, *, age: int) -> str:
    file = table / f"day={day}" / f"{name}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    os.utime(file, (1_000_000 - age, 1_000_000 - age))
    return str(file)


def test_a_pinned_table_is_exactly_its_files(tmp_path: Path) -> None:
    old = partition(tmp_path, "2013-01-01", "a", age=10)
    partition(tmp_path, "2013-01-01", "b", age=0)
    assert files_of(tmp_path, {str(tmp_path): [old]}) == (old,)
    assert files_of(tmp_path, {str(tmp_path): []}) == ()


def test_without_a_pin_the_newest_file_of_each_day_counts(tmp_path: Path) -> None:
    partition(tmp_path, "2013-01-01", "a", age=10)
    newer = partition(tmp_path, "2013-01-01", "b", age=0)
    first = partition(tmp_path, "2013-01-02", "d", age=0)
    partition(tmp_path, "2013-01-02", "c", age=10)
    assert files_of(tmp_path, {}) == (newer, first)


def test_a_table_may_be_one_file_or_nothing_yet(tmp_path: Path) -> None:
    file = tmp_path / "one.parquet"
    file.touch()
    assert files_of(file, {}) == (str(file),)
    assert files_of(tmp_path / "none", {}) == ()


def test_a_relative_path_is_a_table_of_the_lake(tmp_path: Path) -> None:
    assert folder_of("features/weather", tmp_path) == tmp_path / "features" / "weather"
    assert folder_of("/elsewhere/weather", tmp_path) == Path("/elsewhere/weather")
    with pytest.raises(PerennialError, match="s3://"):
        folder_of("s3://bucket/weather", tmp_path)


def test_a_day_is_read_from_the_folder() -> None:
    assert day_of("/lake/table/day=2013-02-28/abc.parquet") == date(2013, 2, 28)
    assert day_of("/lake/table/abc.parquet") is None


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (pa.timestamp("us", tz="UTC"), "TIMESTAMPTZ"),
        (pa.timestamp("ms"), "TIMESTAMP"),
        (pa.timestamp("ns", tz="America/New_York"), "TIMESTAMPTZ_NS"),
        (pa.timestamp("ns"), "TIMESTAMP_NS"),
        (pa.date32(), "DATE"),
    ],
)
def test_the_type_of_the_time_is_read_from_the_file(tmp_path: Path, kind: pa.DataType, name: str) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"at": pa.array([], kind)}), file)
    assert table_of([str(file)], "at", "", {}, "view").time_type == name


@pytest.mark.parametrize("columns", [{"at": pa.array([], pa.string())}, {"other": pa.array([], pa.int64())}])
def test_refuses_a_file_without_a_time(tmp_path: Path, columns: dict[str, pa.Array]) -> None:
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(PerennialError, match="a column at of timestamps"):
        table_of([str(tmp_path / "a.parquet")], "at", None, {}, "view")
