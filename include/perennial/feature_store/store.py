"""The door to Feast: open it on pinned files, apply a feature set, join features to rows, read online values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from perennial.errors import HistoryIncomplete
from perennial.feature_store._feast import FeatureStore
from perennial.feature_store.asof_sql import text
from perennial.feature_store.config import alone, repo_config
from perennial.feature_store.feature_set import EVENT_TIMESTAMP
from perennial.feature_store.online import close_online
from perennial.feature_store.registration import apply
from perennial.feature_store.retrieval import BATCH_ROWS, AsofRetrievalJob
from perennial.settings import Settings

__all__ = ["Retrieved", "apply", "batches", "close_store", "online", "open_store", "opened", "retrieve", "served"]

Files = Mapping[str, Sequence[str]]  # absolute table folder -> the files to read
Entities = str | Sequence[Path]  # a DuckDB query, or Parquet files


@dataclass(frozen=True)
class Retrieved:
    """What a retrieval wrote: rows, and for each column how many of them have no value."""

    path: Path
    rows: int
    nulls: dict[str, int]


def open_store(settings: Settings, files: Files) -> FeatureStore:
    """Open the store on exactly these files; the first one to do so creates the registry. Close it with close_store."""
    store = FeatureStore(config=repo_config(settings, files))
    with alone(store.config):
        _ = store.registry
    return store


def close_store(store: FeatureStore) -> None:
    """Close the connections of a store."""
    registry = store.registry
    registry.read_engine.dispose()
    registry.write_engine.dispose()
    close_online(store)


@contextmanager
def opened(settings: Settings, files: Files) -> Iterator[FeatureStore]:
    """Open the store and close it afterwards."""
    store = open_store(settings, files)
    try:
        yield store
    finally:
        close_store(store)


def retrieve(
    store: FeatureStore, service: str, entities: Entities, out: Path, columns: Sequence[str] | None = None
) -> Retrieved:
    """Join a service's features to entity rows, in their order, and write the result to a Parquet file.

    The rows need the join keys and event_timestamp; their other columns are kept. `columns` chooses and orders.
    """
    _job(store, service, entities, columns).to_parquet(out)
    return _counted(out)


def batches(
    store: FeatureStore,
    service: str,
    entities: Entities,
    columns: Sequence[str] | None = None,
    rows: int = BATCH_ROWS,
) -> Iterator[pa.RecordBatch]:
    """Join as `retrieve` does and yield the result in order, `rows` rows at a time."""
    return _job(store, service, entities, columns).to_batches(rows)


def online(store: FeatureStore, service: str, keys: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Read the online values of a service, one row a key row; what is unknown is None. Ages are not looked at."""
    response = store.get_online_features(store.get_feature_service(service), [dict(key) for key in keys])
    values = response.to_dict()
    return [{name: column[number] for name, column in values.items()} for number in range(len(keys))]


def served(
    store: FeatureStore, view: str, fields: Sequence[str], keys: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Read the online values of one view as a caller gets them, each row with the second its values became known.

    `event_timestamp` is that second since 1970 (UTC), None where nothing is known of the key.
    """
    response = store.get_online_features([f"{view}:{field}" for field in fields], [dict(key) for key in keys])
    values = response.to_dict(include_event_timestamps=True)
    rows = []
    for number, at in enumerate(values[f"{fields[0]}__ts"]):
        row = {field: values[field][number] for field in fields}
        # Feast gives the second 0 for what it does not know.
        known = at or any(value is not None for value in row.values())
        rows.append({**row, EVENT_TIMESTAMP: at if known else None})
    return rows


def _job(store: FeatureStore, service: str, entities: Entities, columns: Sequence[str] | None) -> AsofRetrievalJob:
    query = entities if isinstance(entities, str) else scan(entities)
    job: AsofRetrievalJob = store.get_historical_features(query, store.get_feature_service(service))
    return job.only(columns) if columns is not None else job


def scan(files: Sequence[Path]) -> str:
    """Write the query that reads Parquet files, one after the other; raises HistoryIncomplete for none."""
    if not files:
        raise HistoryIncomplete("entity rows", expected="at least one Parquet file", found="none")
    names = ", ".join(text(str(file)) for file in files)
    return f"SELECT * FROM read_parquet([{names}], union_by_name = true, hive_partitioning = false)"


def _counted(path: Path) -> Retrieved:
    """Count from the file's own statistics."""
    meta = pq.read_metadata(path)
    nulls = dict.fromkeys(meta.schema.to_arrow_schema().names, 0)
    for group in range(meta.num_row_groups):
        for number, name in enumerate(nulls):
            statistics = meta.row_group(group).column(number).statistics
            nulls[name] += statistics.null_count if statistics is not None else 0
    return Retrieved(path, meta.num_rows, nulls)
