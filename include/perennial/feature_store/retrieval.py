"""A retrieval job of Feast that never needs its result in memory: as Arrow, as batches, or straight into a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pandas as pd
import pyarrow as pa

from perennial.errors import PerennialError
from perennial.feature_store._feast import (
    OnDemandFeatureView,
    RetrievalJob,
    RetrievalMetadata,
    SavedDatasetLocationAlreadyExists,
    SavedDatasetStorage,
)
from perennial.feature_store.asof_sql import text
from perennial.feature_store.duck import Budget, connection

BATCH_ROWS = 65_536
Prepare = Callable[[duckdb.DuckDBPyConnection, Sequence[str] | None], str]  # the columns to select (None: all)
Describe = Callable[[duckdb.DuckDBPyConnection], RetrievalMetadata]


class AsofRetrievalJob(RetrievalJob):  # type: ignore[misc]  # Feast is untyped to mypy
    """Runs in a database of its own each time it is asked; `prepare` stages what it needs there and gives the query."""

    def __init__(
        self,
        budget: Budget,
        prepare: Prepare,
        describe: Describe | None = None,
        on_demand: list[OnDemandFeatureView] | None = None,
        full_feature_names: bool = False,
    ) -> None:
        self._budget, self._prepare, self._describe = budget, prepare, describe
        self._on_demand, self._full_feature_names = on_demand or [], full_feature_names
        self._columns: Sequence[str] | None = None

    def only(self, columns: Sequence[str]) -> AsofRetrievalJob:
        """Return a job that selects these columns, in this order."""
        chosen = copy(self)
        chosen._columns = columns  # noqa: SLF001
        return chosen

    @property
    def full_feature_names(self) -> bool:
        """Whether columns carry their view's name."""
        return self._full_feature_names

    @property
    def on_demand_feature_views(self) -> list[OnDemandFeatureView]:
        """The on-demand views that Feast computes on the result."""
        return self._on_demand

    @cached_property
    def metadata(self) -> RetrievalMetadata | None:
        """What was asked: features, key columns, first and last time."""
        if self._describe is None:
            return None
        with connection(self._budget) as database:
            return self._describe(database)

    def to_sql(self) -> str:
        """Return the query; it reads entity rows that the job stages before."""
        with connection(self._budget) as database:
            return self._prepare(database, self._columns)

    def to_batches(self, rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
        """Yield the result in order, `rows` rows at a time."""
        self._refuse_on_demand()
        with connection(self._budget) as database:
            yield from database.sql(self._prepare(database, self._columns)).to_arrow_reader(rows)

    def to_parquet(self, path: Path) -> None:
        """Write the result to a file, which appears when it is complete."""
        self._refuse_on_demand()
        partial = path.with_name(f".{path.name}.{uuid4().hex}")
        try:
            with connection(self._budget) as database:
                database.execute(
                    f"COPY ({self._prepare(database, self._columns)}) TO {text(str(partial))} (FORMAT parquet)"
                )
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def persist(self, storage: SavedDatasetStorage, allow_overwrite: bool = False, **_timeout: Any) -> None:
        """Write the result where a saved dataset of Feast lies."""
        path = Path(storage.file_options.uri)
        if os.path.lexists(path) and not allow_overwrite:
            raise SavedDatasetLocationAlreadyExists(location=str(path))
        self.to_parquet(path)

    def _to_arrow_internal(self, **_timeout: Any) -> pa.Table:
        with connection(self._budget) as database:
            return database.sql(self._prepare(database, self._columns)).to_arrow_table()

    def _to_df_internal(self, **_timeout: Any) -> pd.DataFrame:
        frame: pd.DataFrame = self._to_arrow_internal().to_pandas()
        return frame

    def _refuse_on_demand(self) -> None:
        names = [view.name for view in self._on_demand]
        if names:
            raise PerennialError(
                "feature retrieval", expected="no on-demand views when writing or streaming", found=", ".join(names)
            )
