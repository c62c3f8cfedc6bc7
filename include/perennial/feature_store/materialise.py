"""Bring feature partitions online: the newest row of each key, in bounded memory, newest wins.

Feast's own materialize() is not used: it holds the whole table in memory, converts wrongly (see protos), and marks a
view as not servable while it runs, which fails retrievals meanwhile and stays so after a crash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from perennial.feature_store._feast import FeatureStore, FeatureView
from perennial.feature_store.asof_sql import latest, within
from perennial.feature_store.materialise_plan import plan
from perennial.feature_store.online import online_store
from perennial.feature_store.protos import online_rows
from perennial.feature_store.retrieval import AsofRetrievalJob
from perennial.feature_store.sources import day_of, files_of, folder_of, source_of, table_of
from perennial.feature_store.types import READ_AS
from perennial.keys import Window

BATCH_ROWS = 10_000


@dataclass(frozen=True)
class Materialised:
    """What happened to one view: keys offered to the online store, the newest event time among them, the mark now."""

    view: str
    rows: int
    newest: datetime | None
    mark: date | None
    skipped: str | None = None


def materialise(
    store: FeatureStore,
    views: Sequence[str],
    window: Window,
    marks: Mapping[str, date],
    *,
    fill: bool = False,
) -> list[Materialised]:
    """Write the partitions of a window online; `marks` says for each view the last day that is online.

    What is read are the files in day folders of the window, whatever event times they hold. A view that has no
    partition there keeps its mark. Doing it again changes nothing.
    """
    return [_one(store, name, window, marks.get(name), fill) for name in views]


def _one(store: FeatureStore, name: str, window: Window, mark: date | None, fill: bool) -> Materialised:
    planned = plan(window, mark, fill=fill)
    nothing = Materialised(name, 0, None, mark)
    if planned.skipped:
        return replace(nothing, skipped=planned.skipped)
    view = store.get_feature_view(name)
    files = _partitions(store, view, window)
    if not files:
        return replace(nothing, skipped=f"no partition in {window}")
    rows, newest = _write(store, view, files)
    return Materialised(name, rows, newest, planned.mark)


def _write(store: FeatureStore, view: FeatureView, files: Sequence[str]) -> tuple[int, datetime | None]:
    """Offer the newest row of each key to the online store; return how many, and the newest event time."""
    source = source_of(view)
    time, created = source.timestamp_field, source.created_timestamp_column or None
    online = online_store(store)
    size = store.config.materialization_config.online_write_batch_size or BATCH_ROWS
    count, newest = 0, None
    for batch in _newest_rows(store, view, files).to_batches(size):
        rows = online_rows(batch, view, time, created)
        online.online_write_batch(store.config, view, rows, None)
        newest = max([row[2].astimezone(UTC) for row in rows] + ([newest] if newest else []))
        count += len(rows)
    return count, newest


def _newest_rows(store: FeatureStore, view: FeatureView, files: Sequence[str]) -> AsofRetrievalJob:
    """Select the newest row of each key, columns in the types that the view declares."""
    source = source_of(view)
    time, created = source.timestamp_field, source.created_timestamp_column or None
    kinds = {field.name: READ_AS.get(field.dtype.to_value_type()) for field in [*view.entity_columns, *view.features]}
    kinds |= dict.fromkeys([time, created] if created else [time], "TIMESTAMPTZ")
    table = table_of(files, time, created, kinds, view.name)
    keys = [column.name for column in view.entity_columns]
    query = latest(table, keys, list(kinds), within(table, None, None))
    return AsofRetrievalJob(store.config.offline_store.budget, lambda _database, _chosen: query)


def _partitions(store: FeatureStore, view: FeatureView, window: Window) -> list[str]:
    """Return the files of a view that lie in day folders of the window."""
    options = store.config.offline_store
    files = files_of(folder_of(source_of(view).path, options.lake), options.files)
    return [file for file in files if (day := day_of(file)) is not None and day in window]
