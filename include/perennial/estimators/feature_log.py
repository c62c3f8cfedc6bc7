"""The feature log: what a champion was given, a file a day with some rows in full and checksums of all.

Checksums and the number of rows stand in the Parquet file's own metadata, so that the partition's hash covers them.
"""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from perennial.estimators.fingerprint import Day, Fingerprints
from perennial.keys import Window
from perennial.lake.partitions import Lake, Partition

TABLE = "features_log"
META = b"perennial.feature_log"


def keep(lake: Lake, table: str, given: Fingerprints, window: Window, schema: pa.Schema) -> list[Partition]:
    """Keep each day of a window as a partition, a day without rows as an empty one with the columns of `schema`."""
    columns = pa.schema([schema.field(name) for name in given.names])
    nothing = Day(0, dict.fromkeys(given.columns.names, 0), columns.empty_table())
    with lake.staging() as staging:
        return [
            lake.keep(table, day, write(given.days.get(day, nothing), staging / f"{day}.parquet")) for day in window
        ]


def write(made: Day, path: Path) -> Path:
    """Write a day's log; the same rows are the same bytes."""
    told = {"rows": made.rows, "checksums": {name: f"{value:016x}" for name, value in sorted(made.checksums.items())}}
    meta = {META: json.dumps(told).encode()}
    # Dictionaries and statistics of so few rows are larger than what they save.
    kept = made.sample.replace_schema_metadata(meta)
    pq.write_table(kept, path, compression="zstd", use_dictionary=False, write_statistics=False)
    return path


def read(path: Path) -> Day:
    """Read a day's log."""
    sample = pq.read_table(path, partitioning=None)
    told = json.loads(sample.schema.metadata[META])
    sums = {name: int(value, 16) for name, value in told["checksums"].items()}
    return Day(told["rows"], sums, sample.replace_schema_metadata(None))
