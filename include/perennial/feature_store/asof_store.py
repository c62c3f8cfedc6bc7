"""Feast's offline store of this project: DuckDB's ASOF join over Parquet, one pass a view.

    offline_store:
      type: perennial.feature_store.asof_store.AsofOfflineStore
      memory_limit: 1GB
      threads: 2

A FileSource whose path is relative is a table of the lake. `files` pins a table (its absolute folder) to exact files;
a table that is not pinned is read at the newest file of each day folder, by modification time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from pydantic import Field as Setting

from perennial.errors import PerennialError
from perennial.feature_store._feast import (
    DUMMY_ENTITY_ID,
    DUMMY_ENTITY_VAL,
    BaseRegistry,
    DataSource,
    FeastConfigBaseModel,
    FeatureView,
    OfflineStore,
    OnDemandFeatureView,
    RepoConfig,
    RetrievalJob,
)
from perennial.feature_store.asof_sql import Table, latest, nanoseconds, quote, rows, text, within
from perennial.feature_store.duck import Budget
from perennial.feature_store.historical import Request, describe, prepare, requested
from perennial.feature_store.retrieval import AsofRetrievalJob
from perennial.feature_store.sources import file_source, files_of, folder_of, table_of
from perennial.settings import Settings


class AsofOfflineStoreConfig(FeastConfigBaseModel):  # type: ignore[misc]  # Feast is untyped to mypy
    """What feature_store.yaml may say of this store; folders default to those of the installation."""

    type: str = "perennial.feature_store.asof_store.AsofOfflineStore"
    memory_limit: str = "1GB"
    threads: int = 2
    lake: Path = Setting(default_factory=lambda: Settings.load().lake)
    spill: Path = Setting(default_factory=lambda: Settings.load().var / "spill")
    files: dict[str, list[str]] = Setting(default_factory=dict)

    @property
    def budget(self) -> Budget:
        """What one query may use."""
        return Budget(self.memory_limit, self.threads, self.spill)


class AsofOfflineStore(OfflineStore):  # type: ignore[misc]  # Feast is untyped to mypy
    """Point-in-time joins and pulls; feature files are written by the stages, not through Feast."""

    supports_filter_by_created_timestamp = False

    def ensure_filter_by_created_timestamp_supported(self) -> None:
        """Refuse the filter: an ASOF join picks by one time only."""
        raise PerennialError(
            "feature retrieval",
            expected="files pinned to the revisions that were current, which leaves later corrections out",
            found="filter_by_created_timestamp=True",
        )

    @staticmethod
    def get_historical_features(  # noqa: PLR0917  # Feast's signature
        config: RepoConfig,
        feature_views: list[FeatureView],
        feature_refs: list[str],
        entity_df: pd.DataFrame | str | None,
        registry: BaseRegistry,
        project: str,
        full_feature_names: bool = False,
        **_unused: Any,
    ) -> RetrievalJob:
        """Join features to entity rows given as a frame or as a DuckDB query; the result keeps their order."""
        if entity_df is None:
            raise PerennialError("feature retrieval", expected="entity rows", found="a range of time only")
        options = config.offline_store
        views = requested(feature_views, feature_refs, options, full_feature_names)
        request = Request(views, entity_df, tuple(feature_refs))
        on_demand = OnDemandFeatureView.get_requested_odfvs(feature_refs, project, registry)
        return AsofRetrievalJob(
            options.budget,
            lambda database, columns: prepare(database, request, columns),
            lambda database: describe(database, request),
            on_demand,
            full_feature_names,
        )

    @staticmethod
    def pull_latest_from_table_or_query(  # noqa: PLR0917  # Feast's signature
        config: RepoConfig,
        data_source: DataSource,
        join_key_columns: list[str],
        feature_name_columns: list[str],
        timestamp_field: str,
        created_timestamp_column: str | None,
        start_date: datetime | None,
        end_date: datetime | None,
    ) -> RetrievalJob:
        """Read the newest row of each key between two times, both included."""
        table = _table(config, data_source, timestamp_field, created_timestamp_column)
        columns = _columns(join_key_columns, feature_name_columns, timestamp_field, created_timestamp_column)
        query = latest(table, join_key_columns, columns, _between(table, start_date, end_date))
        if not join_key_columns:
            query = f"SELECT *, {text(DUMMY_ENTITY_VAL)} AS {quote(DUMMY_ENTITY_ID)} FROM ({query})"
        return AsofRetrievalJob(config.offline_store.budget, lambda _database, _chosen: query)

    @staticmethod
    def pull_all_from_table_or_query(  # noqa: PLR0917  # Feast's signature
        config: RepoConfig,
        data_source: DataSource,
        join_key_columns: list[str],
        feature_name_columns: list[str],
        timestamp_field: str,
        created_timestamp_column: str | None = None,
        start_date: datetime | None = None,
        end_date: datetime | None = None,
    ) -> RetrievalJob:
        """Read all rows between two times, both included."""
        table = _table(config, data_source, timestamp_field, created_timestamp_column)
        columns = _columns(join_key_columns, feature_name_columns, timestamp_field, created_timestamp_column)
        query = rows(table, columns, _between(table, start_date, end_date))
        return AsofRetrievalJob(config.offline_store.budget, lambda _database, _chosen: query)

    @staticmethod
    def offline_write_batch(_config: RepoConfig, feature_view: FeatureView, *_table: Any) -> None:
        """Refuse: Feast would rewrite a file in place, neither atomically nor idempotently."""
        raise PerennialError(
            f"feature view {feature_view.name}",
            expected="partitions written by the features stage",
            found="a write through Feast",
        )

    def validate_data_source(self, config: RepoConfig, data_source: DataSource) -> None:  # noqa: ARG002
        """Accept files only; a table that has no partition yet is fine."""
        file_source(data_source, data_source.name)

    def get_table_column_names_and_types_from_data_source(
        self, config: RepoConfig, data_source: DataSource
    ) -> Iterable[tuple[str, str]]:
        """Return the columns of a table with their Arrow types, for views that declare none."""
        folder = folder_of(file_source(data_source, data_source.name).path, config.offline_store.lake)
        files = files_of(folder, config.offline_store.files)
        return [(field.name, str(field.type)) for field in pq.read_schema(files[0])] if files else []


def _table(config: RepoConfig, source: DataSource, time: str, created: str | None) -> Table:
    """Describe the files of a source, columns as they are stored."""
    options = config.offline_store
    files = files_of(folder_of(file_source(source, source.name).path, options.lake), options.files)
    return table_of(files, time, created, {}, source.name)


def _between(table: Table, start: datetime | None, end: datetime | None) -> str:
    return within(table, nanoseconds(start), nanoseconds(end))


def _columns(keys: list[str], features: list[str], time: str, created: str | None) -> list[str]:
    return list(dict.fromkeys([*keys, *features, time, *([created] if created else [])]))
