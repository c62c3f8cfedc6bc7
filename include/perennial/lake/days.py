"""Cut a Parquet file that is ordered by day into the partitions of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from perennial.keys import Window
from perennial.lake.partitions import Lake, Partition

BATCH = 65_536


def keep_days(lake: Lake, table: str, file: Path, window: Window, column: str = "day") -> list[Partition]:
    """Keep each day of `file` as a partition, days without rows as empty ones; one batch of rows in memory.

    The file is ordered by `column` (a date, inside the window).
    """
    kept: dict[date, Partition] = {}
    with lake.staging() as staging, pq.ParquetFile(file, pre_buffer=False) as source:
        schema = source.schema_arrow
        slices = by_day(source.iter_batches(BATCH), column)
        for day, parts in groupby(slices, key=lambda part: part[0]):
            staged = staging / f"{day}.parquet"
            with pq.ParquetWriter(staged, schema, compression="zstd") as writer:
                for _, batch in parts:
                    writer.write_batch(batch)
            kept[day] = lake.keep(table, day, staged)
        for day in window:
            if day not in kept:
                staged = staging / f"{day}.parquet"
                pq.write_table(schema.empty_table(), staged, compression="zstd")
                kept[day] = lake.keep(table, day, staged)
    return [kept[day] for day in sorted(kept)]


def by_day(batches: Iterable[pa.RecordBatch], column: str) -> Iterator[tuple[date, pa.RecordBatch]]:
    """Cut batches where the day changes."""
    for batch in batches:
        runs = pc.run_end_encode(batch.column(column))
        start = 0
        for end, day in zip(runs.run_ends.to_pylist(), runs.values.to_pylist(), strict=True):
            yield day, batch.slice(start, end - start)
            start = end
