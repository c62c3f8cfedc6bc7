"""Run features.sql over raw partitions, in a database that sees those files and nothing else."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from perennial.feature_store.asof_sql import quote, text
from perennial.feature_store.duck import Budget, connection
from perennial.features.script import Script
from perennial.settings import Settings

Raw = Mapping[str, Sequence[Path]]
"""Raw table -> its files: those of the days to read, or all of a reference table."""
Columns = Mapping[str, str]
"""Column -> DuckDB type."""
MEMORY = "2GB"


def budget(settings: Settings) -> Budget:
    """Return what running a script may use; what does not fit in memory is spilled."""
    return Budget(MEMORY, os.cpu_count() or 1, settings.var / "spill")


@contextmanager
def transformed(script: Script, raw: Raw, limits: Budget) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give the database in which the script ran over the files; raises SpecError where it does not run."""
    with connection(limits) as database:
        for table, files in raw.items():
            database.execute(f"CREATE VIEW {quote(table)} AS {_scan(database, files)}")
        _close(database, [file for files in raw.values() for file in files])
        _run(database, script)
        yield database


def describe(script: Script, raw: Mapping[str, Columns], limits: Budget) -> dict[str, dict[str, str]]:
    """Return what the script makes of raw tables with these columns, without any data; raises SpecError."""
    with connection(limits) as database:
        for table, columns in raw.items():
            nulls = ", ".join(f"CAST(NULL AS {kind}) AS {quote(name)}" for name, kind in columns.items())
            database.execute(f"CREATE VIEW {quote(table)} AS {_instants(columns)} FROM (SELECT {nulls}) WHERE false")
        _close(database, [])
        _run(database, script)
        return relations(database)


def raw_columns(raw: Raw, limits: Budget) -> dict[str, dict[str, str]]:
    """Return the columns of raw tables as their files have them."""
    with connection(limits) as database:
        return {table: _columns(database, f"({_read(files)})") for table, files in raw.items()}


def relations(database: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Return the temporary relations that a script left, with their columns."""
    names = database.execute(
        "SELECT table_name FROM duckdb_tables() WHERE temporary "
        "UNION SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal ORDER BY ALL"
    ).fetchall()
    return {name: _columns(database, f"temp.{quote(name)}") for (name,) in names}


def _run(database: duckdb.DuckDBPyConnection, script: Script) -> None:
    start = 0  # of the statement that runs
    try:
        for statement in database.extract_statements(script.sql):
            start = max(start, script.sql.find(statement.query, start))
            database.execute(statement)
    except duckdb.Error as error:
        inside = re.search(r"^LINE (\d+): ", str(error), re.MULTILINE)
        line = script.sql.count("\n", 0, start) + (int(inside[1]) if inside else 1)
        raise script.error(
            "",
            line=line,
            expected="SQL that DuckDB runs on the raw tables, and on nothing else",
            found=" ".join(str(error).split("\n\nLINE")[0].split()),
        ) from None


def _close(database: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> None:
    """Leave only these files readable: what a feature depends on is what the ledger says it was computed from."""
    database.execute(f"SET allowed_paths = [{', '.join(text(str(file)) for file in files)}]")
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")


def _scan(database: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> str:
    query = _read(files)
    return f"{_instants(_columns(database, f'({query})'))} FROM ({query})"


def _read(files: Sequence[Path]) -> str:
    names = ", ".join(text(str(file)) for file in files)
    return f"SELECT * FROM read_parquet([{names}], union_by_name = true, hive_partitioning = false)"


def _instants(columns: Columns) -> str:
    """Select all columns, timestamps as instants: a time without zone is UTC."""
    plain = [quote(name) for name, kind in columns.items() if kind.startswith("TIMESTAMP") and "ZONE" not in kind]
    casts = ", ".join(f"CAST({name} AS TIMESTAMPTZ) AS {name}" for name in plain)
    return f"SELECT * REPLACE ({casts})" if plain else "SELECT *"


def _columns(database: duckdb.DuckDBPyConnection, source: str) -> dict[str, str]:
    return {row[0]: row[1] for row in database.execute(f"DESCRIBE FROM {source}").fetchall()}
