"""Take the rows of a relation out of the database, a Parquet file a day: the same rows are the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from perennial.datasets.definition import DAY, EVENT_TIMESTAMP, EXAMPLES, Definition
from perennial.feature_store.asof_sql import quote
from perennial.features.script import Script
from perennial.keys import Window

ROWS = "__rows"
ON = "__day"
BATCH = 65_536


@dataclass(frozen=True)
class Target:
    """Which days are written, the source's first day, the folder they are written to, and whose work it is."""

    window: Window
    first: date
    folder: Path
    script: Script


def write_days(
    database: duckdb.DuckDBPyConnection, definition: Definition, relation: str, target: Target
) -> dict[date, Path]:
    """Write each day of a window to a file, days without rows as empty ones; raises SpecError for rows in doubt.

    A row of `examples` belongs to its `day`, a row of a view to the UTC day of its event_timestamp. What was known
    before the source's first day, such as a register without dates, stands on that day. Rows of a view without
    event_timestamp were never known and are left out.
    """
    database.execute(f"CREATE OR REPLACE TEMP TABLE {ROWS} AS {_rows(definition, relation, target)}")
    if relation == EXAMPLES:
        _refuse_nulls(database, definition, target.script)
    _refuse_twins(database, definition, relation, target.script)
    folder = target.folder / relation
    folder.mkdir(parents=True, exist_ok=True)
    return {day: _write(folder / f"{day}.parquet", rows) for day, rows in _by_day(database, target.window)}


def _rows(definition: Definition, relation: str, target: Target) -> str:
    """Select the rows of the window with the day they belong to, each column in the type it is stored as."""
    columns = definition.relations[relation]
    casts = ", ".join(f"CAST({quote(name)} AS {kind}) AS {quote(name)}" for name, kind in columns.items())
    inside = f"{ON} BETWEEN DATE '{target.window.first}' AND DATE '{target.window.last}'"
    if relation == EXAMPLES:
        return f"SELECT {DAY} AS {ON}, {casts} FROM temp.{EXAMPLES} WHERE {inside} OR {DAY} IS NULL"
    day = f"greatest(CAST({EVENT_TIMESTAMP} AS DATE), DATE '{target.first}')"
    known = f"{EVENT_TIMESTAMP} IS NOT NULL"
    return f"SELECT {day} AS {ON}, {casts} FROM temp.{quote(relation)} WHERE {known} AND {inside}"


def _by_day(database: duckdb.DuckDBPyConnection, window: Window) -> Iterator[tuple[date, pa.Table]]:
    """Yield the rows of each day in the order of their keys, with no more than a day and a batch in memory."""
    counts = dict(database.execute(f"SELECT {ON}, count(*) FROM {ROWS} GROUP BY ALL").fetchall())
    reader = database.sql(f"SELECT * FROM {ROWS} ORDER BY ALL").to_arrow_reader(BATCH)
    held = reader.schema.empty_table()
    for day in window:
        rows = counts.get(day, 0)
        while held.num_rows < rows:
            held = pa.concat_tables([held, pa.Table.from_batches([reader.read_next_batch()])])
        yield day, held.slice(0, rows).drop_columns([ON])
        held = held.slice(rows)


def _write(path: Path, rows: pa.Table) -> Path:
    # In one piece, because the bytes of a Parquet file depend on how its rows were handed over.
    pq.write_table(rows.combine_chunks(), path, compression="zstd")
    return path


def _refuse_nulls(database: duckdb.DuckDBPyConnection, definition: Definition, script: Script) -> None:
    """Refuse examples that have no name, no day or no moment."""
    needed = (definition.entity, DAY, EVENT_TIMESTAMP)
    counts = ", ".join(f"count(*) - count({quote(name)})" for name in needed)
    (missing,) = database.execute(f"SELECT {counts} FROM {ROWS}").fetchall()
    for name, count in zip(needed, missing, strict=True):
        if count:
            expected, found = f"a value of {name} in every row", f"{count} rows without"
            raise script.error(f"relation {EXAMPLES}", expected=expected, found=found)


def _refuse_twins(database: duckdb.DuckDBPyConnection, definition: Definition, relation: str, script: Script) -> None:
    """Refuse two rows that answer the same question, because either might be taken. A null in a key answers none."""
    keys = definition.identity(relation)
    names = ", ".join(map(quote, keys))
    known = " AND ".join(f"{quote(key)} IS NOT NULL" for key in keys)
    query = f"SELECT count(*), {names} FROM {ROWS} WHERE {known} GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL LIMIT 1"
    for count, *values in database.execute(query).fetchall():
        which = ", ".join(f"{key} {value}" for key, value in zip(keys, values, strict=True))
        expected, found = f"one row for each {', '.join(keys)}", f"{count} rows for {which}"
        raise script.error(f"relation {relation}", expected=expected, found=found)
