"""Profiles of raw partitions: rows, values and range of every column, in one pass; a revision is looked at once."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perennial.context import Context
from perennial.feature_store.asof_sql import quote, text
from perennial.feature_store.duck import Budget, connection
from perennial.lake.partitions import Partition
from perennial.monitoring.decisions.profiles import ColumnDay
from perennial.monitoring.decisions.upstream import TableDay

if TYPE_CHECKING:
    import duckdb

LAYOUT = "1"
"""Number of the way a profile is made; a new number makes every profile anew."""
FILES = 128
"""Files that one query reads: what it keeps of each column and file stays in memory."""
MEMORY = "1GB"
TAILS = "[0.05, 0.95]"
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
FLOATS = ("FLOAT", "DOUBLE")
NESTED = ("[", "STRUCT", "MAP", "UNION")


def profiles(ctx: Context, partitions: Iterable[Partition]) -> dict[Partition, TableDay]:
    """Return the profile of each partition; those made before are kept under the cache."""
    wanted = list(dict.fromkeys(partitions))
    found = {one: kept for one in wanted if (kept := _kept(ctx, one))}
    fresh = [one for one in wanted if one not in found and one.rows]
    found |= {one: TableDay(0, {}) for one in wanted if not one.rows}
    for start in range(0, len(fresh), FILES):
        some = fresh[start : start + FILES]
        for one, made in _made(ctx, some).items():
            _keep(ctx, one, made)
            found[one] = made
    return found


def _made(ctx: Context, partitions: Sequence[Partition]) -> dict[Partition, TableDay]:
    """Look at files of one or several tables, a query a table."""
    budget = Budget(MEMORY, os.cpu_count() or 1, ctx.settings.var / "spill")
    made: dict[Partition, TableDay] = {}
    with connection(budget) as database:
        for table in dict.fromkeys(one.table for one in partitions):
            files = {str(ctx.lake.path(one)): one for one in partitions if one.table == table}
            made |= {files[name]: day for name, day in _looked_at(database, list(files)).items()}
    return made


def _looked_at(database: duckdb.DuckDBPyConnection, files: Sequence[str]) -> dict[str, TableDay]:
    names = ", ".join(map(text, files))
    scan = f"read_parquet([{names}], union_by_name = true, hive_partitioning = false, filename = '_file')"
    columns = {row[0]: row[1] for row in database.execute(f"DESCRIBE FROM {scan}").fetchall() if row[0] != "_file"}
    figures = ", ".join(_figures(name, kind) for name, kind in columns.items())
    rows = database.execute(f"SELECT _file, count(*), {figures} FROM {scan} GROUP BY _file").fetchall()
    return {file: TableDay(count, _columns(list(columns), count, rest)) for file, count, *rest in rows}


def _figures(name: str, kind: str) -> str:
    """Select values, distinct values and tails of a column; what is not a number has no tails, and NaN is no value."""
    column = quote(name)
    if kind in FLOATS:
        column = f"CASE WHEN NOT isnan({column}) THEN {column} END"
    distinct = f"CAST({column} AS VARCHAR)" if any(mark in kind for mark in NESTED) else column
    number = kind in (*NUMBERS, *FLOATS) or kind.startswith("DECIMAL")
    finite = f"CASE WHEN isfinite(CAST({column} AS DOUBLE)) THEN CAST({column} AS DOUBLE) END"
    tails = f"approx_quantile({finite}, {TAILS})" if number else "NULL"
    return f"count({column}), approx_count_distinct({distinct}), {tails}"


def _columns(names: Sequence[str], rows: int, figures: Sequence[Any]) -> dict[str, ColumnDay]:
    columns = {}
    for place, name in enumerate(names):
        filled, values, tails = figures[3 * place : 3 * place + 3]
        low, high = tails or (None, None)
        columns[name] = ColumnDay(rows, filled, values, low, high)
    return columns


def _file(ctx: Context, one: Partition) -> Path:
    return ctx.settings.var / "cache" / "profiles" / LAYOUT / one.table / f"{one.revision}.json"


def _kept(ctx: Context, one: Partition) -> TableDay | None:
    path = _file(ctx, one)
    return read(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def _keep(ctx: Context, one: Partition, made: TableDay) -> None:
    path = _file(ctx, one)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps(asdict(made)), encoding="utf-8")
    partial.replace(path)


def read(kept: Mapping[str, Any]) -> TableDay:
    """Read a profile back from JSON."""
    return TableDay(kept["rows"], {name: ColumnDay(**one) for name, one in kept["columns"].items()})
