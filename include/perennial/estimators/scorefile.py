"""Parquet in, prediction log out, in bounded memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from perennial.estimators.columns import Columns
from perennial.estimators.predict import Floats, score_batches

BATCH = 65_536
"""Rows scored at once: larger batches are not faster and take more memory."""


def score_file(
    model: Any,
    sources: Sequence[Path],
    out: Path,
    *,
    keys: Sequence[str],
    version: str,
    batch_rows: int = BATCH,
    threads: int | None = None,
) -> int:
    """Score Parquet files into one prediction log and return its rows; `out` appears complete or not at all.

    Raises ValueError for a missing column, a missing key, or a score outside [0, 1].
    """
    schema = log_schema(pq.read_schema(sources[0]), keys)
    partial = out.with_name(f".{out.name}.{os.getpid()}")
    rows = 0
    try:
        # Ids are all different: a dictionary of them would only cost time.
        with pq.ParquetWriter(partial, schema, compression="zstd", use_dictionary=[*keys, "version"]) as writer:
            for batch, scores in score_batches(model, read(sources, model, keys, batch_rows), threads=threads):
                writer.write_batch(log_batch(batch, scores, schema, keys, version))
                rows += len(scores)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    return rows


def read(sources: Sequence[Path], model: Any, keys: Sequence[str], batch_rows: int = BATCH) -> Iterator[pa.RecordBatch]:
    """Yield the files' rows in order, only the model's columns and the keys."""
    wanted = list(dict.fromkeys([*keys, *Columns.of(model).names]))
    for source in sources:
        # Buffering ahead would hold the whole file by its end.
        with pq.ParquetFile(source, pre_buffer=False) as file:
            yield from file.iter_batches(batch_rows, columns=wanted)


def log_schema(source: pa.Schema, keys: Sequence[str]) -> pa.Schema:
    """Return the columns of a prediction log: prediction_id, the keys as in the source, score, version."""
    if missing := [key for key in keys if key not in source.names]:
        raise ValueError(f"key columns missing: {', '.join(missing)}; found {', '.join(source.names)}")
    return pa.schema(
        [
            ("prediction_id", pa.string()),
            *[(key, source.field(key).type) for key in keys],
            ("score", pa.float64()),
            ("version", pa.string()),
        ]
    )


def log_batch(
    batch: pa.RecordBatch, scores: Floats, schema: pa.Schema, keys: Sequence[str], version: str
) -> pa.RecordBatch:
    """Return the log's rows; the id names version and keys, so that scoring again gives the same ids."""
    for key in keys:
        if batch.column(key).null_count:
            raise ValueError(f"key column {key!r}: {batch.column(key).null_count} values missing")
    columns = [batch.column(key) for key in keys]
    ids = pc.binary_join_element_wise(version, *[column.cast(pa.string()) for column in columns], "/")
    versions = pa.repeat(pa.scalar(version), len(scores))
    return pa.record_batch([ids, *columns, pa.array(scores), versions], schema=schema)
