"""How old the newest value of a view was at the moment of each question, by day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb

from perennial.datasets.definition import DAY as ON
from perennial.datasets.definition import EVENT_TIMESTAMP, EXAMPLES, Definition, ViewColumns
from perennial.datasets.partitions import Built
from perennial.feature_store.asof_sql import quote, text
from perennial.feature_store.duck import Budget, connection
from perennial.lake.partitions import Partition
from perennial.monitoring.case import Case
from perennial.monitoring.decisions.freshness import Asked

QUESTIONS = 20_000
"""Rows of all days that are looked at; of a fortnight's day about 1,400, whose shares are off by less than 0.03."""
PARTS = 1_000_000
BEYOND = 7
"""Days before the time to live in which a value is looked for: it tells what expired from what was never known."""
MEMORY = "1GB"


@dataclass(frozen=True)
class Questions:
    """A sample of the examples of some days, in a database of their own."""

    case: Case
    made: Definition
    have: Built
    days: Sequence[date]
    database: duckdb.DuckDBPyConnection
    bounds: tuple[datetime, datetime]

    def to(self, name: str) -> list[Asked]:
        """Look up the newest value of a view, however old, for each question."""
        view = self.made.views[name]
        files = _listed(self.case, _values(self, name, view))
        if not files:
            return _none(self.database)
        found = self.database.execute(_query(view, files)).fetchall()
        return [Asked(*row) for row in found]


@contextmanager
def asked(case: Case, made: Definition, have: Built, days: Sequence[date]) -> Iterator[Questions | None]:
    """Draw questions of these days by a hash of their entity; None where there are none."""
    parts = _partitions(have, made.table(case.ctx.model, EXAMPLES), days)
    files = _listed(case, parts)
    with connection(Budget(MEMORY, 1, case.ctx.settings.var / "spill")) as database:
        if not files:
            yield None
            return
        keys = ", ".join(map(quote, dict.fromkeys(key for view in made.views.values() for key in view.entities)))
        share = min(QUESTIONS / sum(one.rows for one in parts), 1.0)
        database.execute(
            f"CREATE TEMP TABLE asked AS SELECT {ON}, {EVENT_TIMESTAMP} AS asked_at, {keys} FROM {files} "
            f"WHERE hash({quote(made.entity)}) % {PARTS} < {int(share * PARTS)}"
        )
        ((first, last),) = database.execute("SELECT min(asked_at), max(asked_at) FROM asked").fetchall()
        yield Questions(case, made, have, days, database, (first, last)) if first else None


def _query(view: ViewColumns, files: str) -> str:
    """Join the newest value before each question, and count by day; rows without a key are nobody's."""
    same = " AND ".join(f"a.{quote(key)} = v.{quote(key)}" for key in view.entities)
    whole = " AND ".join(f"{quote(key)} IS NOT NULL" for key in view.entities)
    keys = ", ".join(map(quote, view.entities))
    ttl = view.ttl.total_seconds()
    fresh = f"age <= {ttl}" if ttl else "age IS NOT NULL"
    return (
        f"SELECT {ON}, count(*), count(*) FILTER (age IS NOT NULL AND NOT ({fresh})), count(*) FILTER (age IS NULL), "
        f"{f'median(age) FILTER ({fresh})' if ttl else 'NULL'} FROM ("
        f"SELECT a.{ON}, epoch(a.asked_at) - epoch(v.{EVENT_TIMESTAMP}) AS age "
        f"FROM (SELECT * FROM asked WHERE {whole}) a "
        f"ASOF LEFT JOIN (SELECT {keys}, {EVENT_TIMESTAMP} FROM {files} SEMI JOIN asked USING ({keys})) v "
        f"ON {same} AND a.asked_at >= v.{EVENT_TIMESTAMP}) GROUP BY {ON} ORDER BY {ON}"
    )


def _none(database: duckdb.DuckDBPyConnection) -> list[Asked]:
    """Answer where the view has no value at all."""
    counts = database.execute(f"SELECT {ON}, count(*) FROM asked GROUP BY {ON} ORDER BY {ON}").fetchall()
    return [Asked(day, rows, 0, rows, None) for day, rows in counts]


def _values(asked_: Questions, name: str, view: ViewColumns) -> list[Partition]:
    """Return the partitions in which the newest value may lie; all of them where values never expire."""
    first, last = asked_.bounds
    begin = (first - view.ttl - timedelta(days=BEYOND)).date() if view.ttl else date.min
    table = asked_.made.table(asked_.case.ctx.model, name)
    known = asked_.have.partitions.get(table, {})
    return _partitions(asked_.have, table, [day for day in known if begin <= day <= last.date()])


def _partitions(have: Built, table: str, days: Sequence[date]) -> list[Partition]:
    current = have.partitions.get(table, {})
    return [current[day] for day in sorted(days) if day in current and current[day].rows]


def _listed(case: Case, parts: Sequence[Partition]) -> str:
    """Write the table function that reads partitions; empty for none."""
    names = ", ".join(text(str(case.ctx.lake.path(one))) for one in parts)
    return f"read_parquet([{names}], union_by_name = true, hive_partitioning = false)" if names else ""
