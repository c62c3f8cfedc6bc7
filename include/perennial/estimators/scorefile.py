"""Parquet in, prediction log out, in bounded memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from perennial.estimators.columns import Columns
from perennial.estimators.decision_rule import DecisionRule, decide, held
from perennial.estimators.predict import Floats, score_batches

BATCH = 65_536
"""Rows scored at once: larger batches are not faster and take more memory."""
OURS = (("decision", pa.int8()), ("held", pa.string()), ("version", pa.string()))
"""Columns of a prediction log after the score: 1, 0, or null with the reason why a person has to decide."""


@dataclass(frozen=True)
class Decider:
    """A version's decision rule, and the column that names whom it decides about: lots are drawn by it."""

    rule: DecisionRule
    entity: str

    @property
    def columns(self) -> tuple[str, ...]:
        """What it needs of a row besides the score."""
        return (self.entity, *self.rule.attributes)

    def decide(self, batch: pa.RecordBatch, scores: Floats, version: str) -> tuple[pa.Array, pa.Array]:
        """Return decisions and why some are held, (n,) each."""
        groups = batch.select(list(self.rule.attributes)).to_pandas()
        ids = batch.column(self.entity).to_pandas()
        decided = decide(self.rule, scores, groups, ids, version)
        open_ = np.isnan(decided)
        if not open_.any():
            return pa.array(decided.astype(np.int8)), pa.nulls(len(scores), pa.string())
        kept = pa.array(np.where(open_, 0, decided).astype(np.int8), mask=open_)
        return kept, pa.array(held(self.rule, groups), pa.string())


def score_file(
    model: Any,
    sources: Sequence[Path],
    out: Path,
    *,
    keys: Sequence[str],
    version: str,
    decider: Decider | None = None,
    tap: Callable[[pa.RecordBatch], None] | None = None,
    batch_rows: int = BATCH,
    threads: int | None = None,
) -> int:
    """Score Parquet files into one prediction log and return its rows; `out` appears complete or not at all.

    Without a decider, where a number is predicted, the log has no decisions and none is held. `tap` is shown each
    batch that was scored: the keys, the model's columns and what the decider needs. Raises ValueError for a
    missing column, a missing key, or a score outside [0, 1].
    """
    schema = log_schema(pq.read_schema(sources[0]), keys)
    partial = out.with_name(f".{out.name}.{os.getpid()}")
    rows = 0
    try:
        # Ids are all different: a dictionary of them would only cost time.
        with pq.ParquetWriter(partial, schema, compression="zstd", use_dictionary=[*keys, "held", "version"]) as writer:
            needed = [*keys, *(decider.columns if decider else ())]
            for batch, scores in score_batches(model, read(sources, model, needed, batch_rows), threads=threads):
                writer.write_batch(log_batch(batch, scores, schema, keys=keys, version=version, decider=decider))
                if tap:
                    tap(batch)
                rows += len(scores)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    return rows


def read(
    sources: Sequence[Path], model: Any, others: Sequence[str], batch_rows: int = BATCH
) -> Iterator[pa.RecordBatch]:
    """Yield the files' rows in order, only the model's columns and some others."""
    wanted = list(dict.fromkeys([*others, *Columns.of(model).names]))
    for source in sources:
        # Buffering ahead would hold the whole file by its end.
        with pq.ParquetFile(source, pre_buffer=False) as file:
            yield from file.iter_batches(batch_rows, columns=wanted)


def log_schema(source: pa.Schema, keys: Sequence[str]) -> pa.Schema:
    """Return the columns of a prediction log: prediction_id, the keys as in the source, score, OURS."""
    if missing := [key for key in keys if key not in source.names]:
        raise ValueError(f"key columns missing: {', '.join(missing)}; found {', '.join(source.names)}")
    return pa.schema(
        [
            ("prediction_id", pa.string()),
            *[(key, source.field(key).type) for key in keys],
            ("score", pa.float64()),
            *OURS,
        ]
    )


def log_batch(
    batch: pa.RecordBatch,
    scores: Floats,
    schema: pa.Schema,
    *,
    keys: Sequence[str],
    version: str,
    decider: Decider | None = None,
) -> pa.RecordBatch:
    """Return the log's rows; the id names version and keys, so that scoring again gives the same ids."""
    for key in keys:
        if batch.column(key).null_count:
            raise ValueError(f"key column {key!r}: {batch.column(key).null_count} values missing")
    columns = [batch.column(key) for key in keys]
    ids = pc.binary_join_element_wise(version, *[column.cast(pa.string()) for column in columns], "/")
    undecided = (pa.nulls(len(scores), pa.int8()), pa.nulls(len(scores), pa.string()))
    decisions = decider.decide(batch, scores, version) if decider else undecided
    versions = pa.repeat(pa.scalar(version), len(scores))
    return pa.record_batch([ids, *columns, pa.array(scores), *decisions, versions], schema=schema)
