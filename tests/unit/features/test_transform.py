"""The script runs on the files it is given, at UTC, and sees nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from perennial.errors import SpecError
from perennial.feature_store.duck import Budget
from perennial.features.script import Script
from perennial.features.transform import describe, raw_columns, relations, transformed


def scripted(sql: str) -> Script:
    return Script("m", Path("m/features.sql"), sql)


@pytest.fixture
def limits(tmp_path: Path) -> Budget:
    return Budget("1GB", 2, tmp_path / "spill")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    duckdb.sql("SELECT 1 AS n, TIMESTAMP '2020-01-01 12:00' AS came").write_parquet(str(paths[0]))
    duckdb.sql("SELECT 2 AS n, TIMESTAMP '2020-01-02 12:00' AS came, 'x' AS later").write_parquet(str(paths[1]))
    return paths


def test_times_without_zone_are_utc_and_columns_may_come_later(files: list[Path], limits: Budget) -> None:
    script = "CREATE TEMP VIEW v AS SELECT * FROM raw"
    with transformed(scripted(script), {"raw": files}, limits) as database:
        rows = database.execute("SELECT * FROM v ORDER BY n").fetchall()
        assert relations(database) == {"v": {"n": "INTEGER", "came": "TIMESTAMP WITH TIME ZONE", "later": "VARCHAR"}}
    assert rows == [(1, datetime(2020, 1, 1, 12, tzinfo=UTC), None), (2, datetime(2020, 1, 2, 12, tzinfo=UTC), "x")]


def test_a_relation_may_take_over_the_name_of_its_raw_table(files: list[Path], limits: Budget) -> None:
    script = "CREATE TEMP TABLE raw AS SELECT n + 1 AS m FROM raw"
    with transformed(scripted(script), {"raw": files}, limits) as database:
        assert database.execute("FROM temp.raw ORDER BY m").fetchall() == [(2,), (3,)]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TEMP TABLE v AS FROM read_csv('{other}')",
        "CREATE TEMP TABLE v AS FROM '{other}'",
        "COPY raw TO '{other}.copy'",
        "SET enable_external_access = true",
        "ATTACH '{other}.db'",
        "INSTALL httpfs",
    ],
)
def test_a_script_cannot_read_or_write_anything_else(
    files: list[Path], limits: Budget, tmp_path: Path, statement: str
) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a\n1\n")
    with (
        pytest.raises(SpecError, match="SQL that DuckDB runs on the raw tables"),
        transformed(scripted(statement.format(other=other)), {"raw": files}, limits),
    ):
        pytest.fail("the script ran")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.parquet", "b.parquet", "other.csv", "spill"]


def test_a_script_that_needs_more_than_its_memory_spills(tmp_path: Path) -> None:
    file = tmp_path / "big.parquet"
    duckdb.sql("SELECT i, hash(i) AS h FROM range(2_000_000) t(i)").write_parquet(str(file))
    script = "CREATE TEMP TABLE v AS SELECT *, row_number() OVER (ORDER BY h) AS place FROM raw"
    limits = Budget("64MB", 1, tmp_path / "spill")
    with transformed(scripted(script), {"raw": [file]}, limits) as database:
        assert database.execute("SELECT count(*), max(place) FROM v").fetchall() == [(2_000_000, 2_000_000)]
        assert any((tmp_path / "spill").rglob("*.tmp"))
    assert list((tmp_path / "spill").iterdir()) == []


def test_describing_needs_columns_only(files: list[Path], limits: Budget) -> None:
    raw = raw_columns({"raw": files}, limits)
    assert raw == {"raw": {"n": "INTEGER", "came": "TIMESTAMP", "later": "VARCHAR"}}
    script = scripted("CREATE TEMP VIEW v AS SELECT sum(n) AS s, max(came) AS came FROM raw")
    made = describe(script, raw, limits)
    assert made == {"v": {"s": "HUGEINT", "came": "TIMESTAMP WITH TIME ZONE"}}
