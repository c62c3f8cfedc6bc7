"""Counts per day, column and bin, by DuckDB over all rows: what is held does not grow with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perennial.context import Context
from perennial.feature_store.asof_sql import quote
from perennial.feature_store.duck import Budget, connection
from perennial.keys import Window
from perennial.monitoring.bins import Bins

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

MEMORY = "1GB"


@dataclass(frozen=True)
class Counts:
    """Rows of each day and bin of some columns, (days, columns, bins); what a column has not is zero."""

    days: Window
    columns: tuple[str, ...]
    cells: NDArray[np.int64]
    constant: frozenset[str]
    """columns that hold one value and no other"""

    @property
    def rows(self) -> int:
        """Return how many rows were counted."""
        return int(self.cells[:, 0].sum())

    @property
    def total(self) -> NDArray[np.int64]:
        """Return the counts of all days, (columns, bins)."""
        return np.asarray(self.cells.sum(axis=0))


@dataclass(frozen=True)
class Rows:
    """Rows that lie in Parquet files, as DuckDB reads them, with a column `day`."""

    database: duckdb.DuckDBPyConnection
    sql: str

    @property
    def columns(self) -> set[str]:
        """Name the columns that are there."""
        described = self.database.execute(f"DESCRIBE {self.sql}").fetchall()
        return {name for name, *_ in described}

    def sample(self, columns: Iterable[str], rows: int) -> pd.DataFrame:
        """Return at most so many rows, the same ones each time; a column that is not there is missing."""
        have = self.columns
        names = ", ".join(quote(name) if name in have else f"NULL AS {quote(name)}" for name in columns)
        drawn = f"SELECT {names} FROM ({self.sql}) USING SAMPLE reservoir({rows} ROWS) REPEATABLE (0)"
        frame: pd.DataFrame = self.database.execute(drawn).df()
        return frame


@contextmanager
def rows_of(ctx: Context, sql: str) -> Iterator[Rows]:
    """Open rows within a budget of memory, on one thread."""
    with connection(Budget(MEMORY, 1, ctx.settings.var / "spill")) as database:
        yield Rows(database, sql)


def count(rows: Rows, bins: Mapping[str, Bins], days: Window | None = None) -> Counts:
    """Count all rows of each day in one pass; without `days` from the first to the last that has rows."""
    have, found = rows.columns, {}
    asked = {name: one for name, one in bins.items() if name in have}
    parts = ", ".join(["count(*)", *(_histogram(name, one) for name, one in asked.items())])
    for day, total, *counted in rows.database.execute(f"SELECT day, {parts} FROM ({rows.sql}) GROUP BY day").fetchall():
        histograms = dict(zip(asked, counted, strict=True))
        found[day] = [_cells(one, total, histograms.get(name)) for name, one in bins.items()]
    span = days or (Window(min(found), max(found)) if found else Window(date.min, date.min))
    cells = np.zeros((len(span), len(bins), max((one.size for one in bins.values()), default=1)), dtype=np.int64)
    for place, day in enumerate(span):
        for column, counts in enumerate(found.get(day, [])):
            cells[place, column, : len(counts)] = counts
    return Counts(span, tuple(bins), cells, _constant(rows, asked, dict(zip(bins, cells.sum(axis=0), strict=True))))


def _constant(rows: Rows, bins: Mapping[str, Bins], total: Mapping[str, NDArray[np.int64]]) -> frozenset[str]:
    """Name the columns of one value: among those whose rows lie in one bin, the only ones that are looked at again."""
    single = [name for name, one in bins.items() if np.count_nonzero(total[name][: one.size - 1]) == 1]
    if not single:
        return frozenset()
    same = ", ".join(f"min({_value(name, bins[name])}) = max({_value(name, bins[name])})" for name in single)
    (answers,) = rows.database.execute(f"SELECT {same} FROM ({rows.sql})").fetchall()
    return frozenset(name for name, answer in zip(single, answers, strict=True) if answer)


def beside(one: Counts, other: Counts) -> Counts:
    """Put columns of the same days side by side."""
    wide = max(one.cells.shape[-1], other.cells.shape[-1])
    padded = [np.pad(side.cells, [(0, 0), (0, 0), (0, wide - side.cells.shape[-1])]) for side in (one, other)]
    columns = (*one.columns, *other.columns)
    return Counts(one.days, columns, np.concatenate(padded, axis=1), one.constant | other.constant)


def _histogram(name: str, bins: Bins) -> str:
    places = f"{list(bins.edges)}::DOUBLE[]" if bins.numeric else f"[{_texts(bins.categories)}]::VARCHAR[]"
    return f"histogram{'' if bins.numeric else '_exact'}({_value(name, bins)}, {places})"


def _cells(bins: Bins, rows: int, histogram: Mapping[Any, int] | None) -> list[int]:
    """Return one column's counts of one day; DuckDB counts what fits nowhere under infinity or the empty text."""
    seen, places = dict(histogram or {}), bins.edges if bins.numeric else bins.categories
    counts = [seen.pop(place, 0) for place in places]
    beyond = sum(seen.values())
    return [*counts, beyond, rows - sum(counts) - beyond]


def _value(name: str, bins: Bins) -> str:
    return value_of(name) if bins.numeric else quote(name)


def value_of(name: str) -> str:
    """Return the SQL of a number; one that is none is missing."""
    return f"nullif(CAST({quote(name)} AS DOUBLE), 'nan'::DOUBLE)"


def _texts(values: Iterable[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)
