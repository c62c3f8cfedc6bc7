"""Partitions: named by content, moved into place whole, never overwritten; a file is cut into its days."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perennial.keys import DAY, Window
from perennial.lake.days import keep_days
from perennial.lake.partitions import Lake

FIRST = date(2013, 1, 1)
WINDOW = Window(FIRST, FIRST + 4 * DAY)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def staged(folder: Path, rows: list[tuple[int, int]], name: str = "in.parquet") -> Path:
    """Write rows of (days after the first, value)."""
    table = pa.table(
        {"day": pa.array([FIRST + after * DAY for after, _ in rows], pa.date32()), "x": [value for _, value in rows]},
        schema=pa.schema([("day", pa.date32()), ("x", pa.int64())]),
    )
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / name)
    return folder / name


def test_a_partition_is_named_by_its_content(lake: Lake, tmp_path: Path) -> None:
    first = lake.keep("m/raw/t", FIRST, staged(tmp_path, [(0, 1)]))
    same = lake.keep("m/raw/t", FIRST, staged(tmp_path, [(0, 1)]))
    other = lake.keep("m/raw/t", FIRST, staged(tmp_path, [(0, 2)]))
    assert first == same
    assert other.revision != first.revision
    assert lake.path(first).exists()
    assert lake.path(other).exists()
    assert len(list(lake.folder("m/raw/t").rglob("*.parquet"))) == 2


def test_a_changed_or_lost_file_is_not_intact(lake: Lake, tmp_path: Path) -> None:
    partition = lake.keep("t", FIRST, staged(tmp_path, [(0, 1)]))
    assert lake.intact(partition)
    lake.path(partition).write_bytes(lake.path(partition).read_bytes() + b"x")
    assert not lake.intact(partition)
    lake.path(partition).unlink()
    assert not lake.intact(partition)


def test_staging_is_left_clean(lake: Lake) -> None:
    with lake.staging() as folder:
        (folder / "half.parquet").write_bytes(b"half")
    assert list((lake.root / ".staging").iterdir()) == []


def test_days_without_rows_are_empty_partitions_with_the_columns(lake: Lake, tmp_path: Path) -> None:
    kept = keep_days(lake, "t", staged(tmp_path, [(1, 5), (1, 6), (3, 7)]), WINDOW)
    assert [partition.rows for partition in kept] == [0, 2, 0, 1, 0]
    assert pq.read_schema(lake.path(kept[0])).names == ["day", "x"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-5, 5)), max_size=40))
def test_no_row_is_lost_or_moved(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int]]) -> None:
    folder = tmp_path_factory.mktemp("days")
    lake, rows = Lake(folder / "lake"), sorted(rows, key=lambda row: row[0])
    kept = keep_days(lake, "t", staged(folder, rows), WINDOW)
    back = [
        ((row["day"] - FIRST).days, row["x"]) for part in kept for row in pq.read_table(lake.path(part)).to_pylist()
    ]
    assert back == rows
    assert [partition.day for partition in kept] == list(WINDOW)
