"""Make bins from a sample of the reference; they are then fixed, and all rows are counted in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from perennial.feature_store.asof_sql import quote
from perennial.monitoring.bins import LEVELS, Bins, number_bins, text_bins
from perennial.monitoring.counts import Rows, value_of

if TYPE_CHECKING:
    import duckdb

SAMPLE = 100_000
"""Rows of it."""


def bins_of(rows: Rows, numeric: Sequence[str], categorical: Sequence[str]) -> dict[str, Bins]:
    """Make the bins of each column from a sample of the reference; a column that is not there has none but missing."""
    names, have = [*numeric, *categorical], rows.columns
    chosen = ", ".join(quote(name) if name in have else f"NULL AS {quote(name)}" for name in names)
    sampled = f"SELECT {chosen} FROM ({rows.sql}) USING SAMPLE reservoir({SAMPLE} ROWS) REPEATABLE (0)"
    rows.database.execute(f"CREATE OR REPLACE TEMP TABLE sampled AS {sampled}")
    made = {name: _number(rows.database, name) for name in numeric}
    made |= {name: _text(rows.database, name) for name in categorical}
    rows.database.execute("DROP TABLE sampled")
    return made


def _number(database: duckdb.DuckDBPyConnection, name: str) -> Bins:
    value = value_of(name)
    quantiles = f"SELECT quantile_disc({value}, {list(LEVELS)}), min({value}) FROM sampled"
    ((cuts, least),) = database.execute(quantiles).fetchall()
    return number_bins(cuts or [], least)


def _text(database: duckdb.DuckDBPyConnection, name: str) -> Bins:
    column = quote(name)
    seen = f"SELECT CAST({column} AS VARCHAR), count(*) FROM sampled WHERE {column} IS NOT NULL GROUP BY 1"
    return text_bins(dict(database.execute(seen).fetchall()))
