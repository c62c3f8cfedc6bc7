"""The steps of a point-in-time retrieval: stage the entity rows, look at what they ask, write the join."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pyarrow as pa

from perennial.errors import PerennialError, nearest
from perennial.feature_store._feast import DUMMY_ENTITY_ID, FeatureView, RetrievalMetadata
from perennial.feature_store.asof_sql import (
    ENTITIES,
    EPOCH,
    View,
    entity_bounds,
    entity_rows,
    historical,
    ties,
    values,
)
from perennial.feature_store.feature_set import EVENT_TIMESTAMP
from perennial.feature_store.sources import files_of, folder_of, source_of, table_of
from perennial.feature_store.types import READ_AS

if TYPE_CHECKING:
    from perennial.feature_store.asof_store import AsofOfflineStoreConfig

WHERE = "entity rows"


@dataclass(frozen=True)
class Request:
    """What one retrieval asks: views with their features, and entity rows as a frame or a query."""

    views: tuple[View, ...]
    entity_rows: pd.DataFrame | str
    features: tuple[str, ...]


@dataclass(frozen=True)
class Staged:
    """What the entity rows turned out to be."""

    columns: tuple[str, ...]
    time: str
    first_ns: int
    last_ns: int


def requested(
    views: Sequence[FeatureView], refs: Sequence[str], options: AsofOfflineStoreConfig, full_names: bool
) -> tuple[View, ...]:
    """Turn Feast's views and `view:feature` references into what the query needs."""
    return tuple(_view(view, refs, options, full_names) for view in views)


def prepare(database: duckdb.DuckDBPyConnection, request: Request, columns: Sequence[str] | None = None) -> str:
    """Stage the entity rows and return the query that joins them; `columns` chooses and orders (None: all)."""
    staged = stage(database, request)
    joined = []
    for view in request.views:
        first = staged.first_ns - view.ttl_ns if view.ttl_ns else None
        tied = bool(database.execute(ties(view, first, staged.last_ns)).fetchall())
        joined.append((view, values(view, first, staged.last_ns, tied=tied)))
    known = [*staged.columns, *(name for view in request.views for name in view.features)]
    if missing := [name for name in columns or () if name not in known]:
        raise PerennialError(
            WHERE, expected=f"columns of {', '.join(known)}", found=missing[0], nearest=nearest(missing[0], known)
        )
    return historical(joined, staged.columns, staged.time, known if columns is None else columns)


def describe(database: duckdb.DuckDBPyConnection, request: Request) -> RetrievalMetadata:
    """Return what Feast keeps of a retrieval."""
    staged = stage(database, request)
    keys = [name for name in staged.columns if name != staged.time]
    return RetrievalMetadata(list(request.features), keys, _moment(staged.first_ns), _moment(staged.last_ns))


def stage(database: duckdb.DuckDBPyConnection, request: Request) -> Staged:
    """Run the query of the entity rows, once; raises PerennialError when keys or the time are missing."""
    query = request.entity_rows
    if not isinstance(query, str):
        # As Arrow, because DuckDB reads pandas' zoned times at microseconds only.
        database.register("__frame", pa.Table.from_pandas(query, preserve_index=False))
        query = "SELECT * FROM __frame"
    database.execute(entity_rows(query.strip().rstrip(";")))
    described = database.execute(f"SELECT * FROM {ENTITIES} LIMIT 0").description or []
    types = {str(column[0]): str(column[1]) for column in described}
    time = _time_column(types)
    _check_columns(request.views, types)
    (first, last), *_ = database.execute(entity_bounds(time)).fetchall()
    return Staged(tuple(types), time, first or 0, last or 0)


def _view(view: FeatureView, refs: Sequence[str], options: AsofOfflineStoreConfig, full_names: bool) -> View:
    source = source_of(view)
    stored = {mapped: column for column, mapped in source.field_mapping.items()}
    called = view.projection.name_to_use()
    wanted = [ref.split(":", 1)[1] for ref in refs if ref.split(":", 1)[0] == called]
    prefix = f"{view.projection.name_alias or view.name}__" if full_names else ""
    kinds = {stored.get(field.name, field.name): READ_AS.get(field.dtype.to_value_type()) for field in view.features}
    features = {prefix + name: stored.get(name, name) for name in wanted}
    renamed = view.projection.join_key_map
    keys = [column.name for column in view.entity_columns if column.name != DUMMY_ENTITY_ID]
    folder = folder_of(source.path, options.lake)
    types = {name: kinds.get(name) for name in [*(stored.get(key, key) for key in keys), *features.values()]}
    table = table_of(
        files_of(folder, options.files), source.timestamp_field, source.created_timestamp_column, types, view.name
    )
    ttl_ns = (view.ttl or timedelta()) // timedelta(microseconds=1) * 1000
    return View(table, {renamed.get(key, key): stored.get(key, key) for key in keys}, features, ttl_ns)


def _time_column(types: Mapping[str, str]) -> str:
    """Find the column of the times asked for: event_timestamp, or the only one that holds timestamps."""
    times = [name for name, kind in types.items() if kind.startswith("TIMESTAMP") or kind == "DATE"]
    if EVENT_TIMESTAMP in times:
        return EVENT_TIMESTAMP
    if len(times) == 1 and EVENT_TIMESTAMP not in types:
        return times[0]
    found = ", ".join(f"{name} {kind}" for name, kind in types.items())
    raise PerennialError(WHERE, expected=f"a column {EVENT_TIMESTAMP} of timestamps", found=found)


def _check_columns(views: Sequence[View], types: Mapping[str, str]) -> None:
    """Refuse entity rows without a key that a view needs, or with a column that a view gives."""
    keys = {key for view in views for key in view.keys}
    if missing := sorted(keys - set(types)):
        raise PerennialError(
            WHERE,
            expected=f"the join keys {', '.join(sorted(keys))}",
            found=f"no {', '.join(missing)}",
            nearest=nearest(missing[0], types),
        )
    if twice := sorted({name for view in views for name in view.features} & set(types)):
        raise PerennialError(WHERE, expected="names that no feature has", found=f"a column {', '.join(twice)}")


def _moment(nanoseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=nanoseconds // 1000)
