"""The text of the queries: one ASOF join a view, ties decided beforehand, rows in the order they were asked in.

All times are compared as nanoseconds since 1970 (UTC; a time without zone counts as UTC), so nothing is rounded. The
time to live includes its edge: a value is joined when entity_time - ttl <= value_time <= entity_time. The newest value
wins even when it is null. Of several rows with one key and one time the last created wins, else the last row of the
last file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

TIME = "__time_ns"  # of feature rows: nanoseconds since 1970
ENTITIES = "__entities"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Table:
    """Parquet files read as one table; `types` gives the DuckDB type a column is cast to (None: as stored)."""

    files: tuple[str, ...]
    types: Mapping[str, str | None]
    time: str
    time_type: str
    created: str | None = None


@dataclass(frozen=True)
class View:
    """A feature view: entity column -> key column, output name -> feature column, time to live (0: unlimited)."""

    table: Table
    keys: Mapping[str, str]
    features: Mapping[str, str]
    ttl_ns: int


def quote(name: str) -> str:
    """Write an identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """Write a string."""
    return "'" + value.replace("'", "''") + "'"


def entity_rows(query: str) -> str:
    """Keep the asked rows in a temporary table: its rowid is their order, and the query runs once."""
    return f"CREATE TEMP TABLE {ENTITIES} AS {query}"


def entity_bounds(time: str) -> str:
    """Select the first and the last time asked for."""
    return f"SELECT min(epoch_ns({quote(time)})), max(epoch_ns({quote(time)})) FROM {ENTITIES}"


def read(table: Table) -> str:
    """Read the files by column name; folder names are not columns. No files are no rows."""
    if not table.files:
        columns = {**table.types, table.time: table.time_type, **({table.created: None} if table.created else {})}
        empty = ", ".join(f"NULL::{kind or 'VARCHAR'} AS {quote(name)}" for name, kind in columns.items())
        return f"(SELECT {empty}, '' AS filename, 0 AS file_row_number WHERE false)"
    files = ", ".join(text(file) for file in table.files)
    return f"read_parquet([{files}], union_by_name = true, hive_partitioning = false)"


def column(table: Table, name: str) -> str:
    """Refer to a column in the type that was declared for it."""
    kind = table.types.get(name)
    return f"{quote(name)}::{kind}" if kind else quote(name)


def within(table: Table, first_ns: int | None, last_ns: int | None) -> str:
    """Bound the rows by time, rounded outwards to microseconds; in the column's type, which skips row groups."""
    parts = [f"{quote(table.time)} IS NOT NULL"]
    if first_ns is not None:
        parts.append(f"{quote(table.time)} >= {_instant(first_ns // 1000, table.time_type)}")
    if last_ns is not None:
        parts.append(f"{quote(table.time)} <= {_instant(-(-last_ns // 1000), table.time_type)}")
    return " AND ".join(parts)


def ties(view: View, first_ns: int | None, last_ns: int | None) -> str:
    """Select a row when some key has two values at one time."""
    keys = ", ".join(quote(key) for key in view.keys.values())
    return (
        f"SELECT 1 FROM {read(view.table)} WHERE {within(view.table, first_ns, last_ns)} "
        f"GROUP BY {_list(keys, quote(view.table.time))} HAVING count(*) > 1 LIMIT 1"
    )


def values(view: View, first_ns: int | None, last_ns: int | None, *, tied: bool) -> str:
    """Select key, time and feature columns; `tied` decides between rows with one key and one time."""
    table = view.table
    keys = [f"{quote(key)} AS {quote('k ' + entity)}" for entity, key in view.keys.items()]
    features = [f"{column(table, name)} AS {quote('f ' + out)}" for out, name in view.features.items()]
    query = (
        f"SELECT epoch_ns({quote(table.time)}) AS {TIME}, {_list(*keys, *features)} "
        f"FROM {read(table)} WHERE {within(table, first_ns, last_ns)}"
    )
    if not tied:
        return query
    same = _list(*(quote(key) for key in view.keys.values()), quote(table.time))
    return f"{query} QUALIFY row_number() OVER (PARTITION BY {same} ORDER BY {newest(table)}) = 1"


def newest(table: Table) -> str:
    """Order rows with one time so that the one that counts comes first."""
    created = [f"{quote(table.created)} DESC NULLS LAST"] if table.created else []
    return _list(*created, "filename DESC", "file_row_number DESC")


def historical(views: Sequence[tuple[View, str]], entities: Sequence[str], time: str, columns: Sequence[str]) -> str:
    """Join views, each with the query of its values, to the entity rows; select `columns` in the entity rows' order."""
    at = f"epoch_ns(e.{quote(time)})"
    known = {name: f"e.{quote(name)}" for name in entities}
    sources = [f"{ENTITIES} e"]
    for number, (view, query) in enumerate(views):
        alias = f"v{number}"
        known |= {out: _value(view, alias, out, at) for out in view.features}
        same = [f"e.{quote(name)} = {alias}.{quote('k ' + name)}" for name in view.keys]
        sources.append(f"ASOF LEFT JOIN ({query}) {alias} ON {' AND '.join([*same, f'{at} >= {alias}.{TIME}'])}")
    chosen = ", ".join(f"{known[name]} AS {quote(name)}" for name in columns)
    return f"SELECT {chosen} FROM {' '.join(sources)} ORDER BY e.rowid"


def latest(table: Table, keys: Sequence[str], columns: Sequence[str], bounds: str) -> str:
    """Select the newest row of each key; rows with a null in the key are nobody's and are left out."""
    whole = " AND ".join([bounds, *(f"{quote(key)} IS NOT NULL" for key in keys)])
    group = f"PARTITION BY {', '.join(quote(key) for key in keys)} " if keys else ""
    order = f"{quote(table.time)} DESC, {newest(table)}"
    return f"{rows(table, columns, whole)} QUALIFY row_number() OVER ({group}ORDER BY {order}) = 1"


def rows(table: Table, columns: Sequence[str], bounds: str) -> str:
    """Select columns of all rows."""
    chosen = ", ".join(f"{column(table, name)} AS {quote(name)}" for name in columns)
    return f"SELECT {chosen} FROM {read(table)} WHERE {bounds}"


def nanoseconds(moment: datetime | None) -> int | None:
    """Count nanoseconds since 1970; a time without zone counts as UTC."""
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - EPOCH) // timedelta(microseconds=1) * 1000


def _value(view: View, alias: str, out: str, at: str) -> str:
    value = f"{alias}.{quote('f ' + out)}"
    return f"CASE WHEN {alias}.{TIME} >= {at} - {view.ttl_ns} THEN {value} END" if view.ttl_ns else value


def _instant(microseconds: int, time_type: str) -> str:
    moment = EPOCH + timedelta(microseconds=microseconds)
    return f"'{moment:%Y-%m-%d %H:%M:%S.%f}'::{time_type}"


def _list(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
