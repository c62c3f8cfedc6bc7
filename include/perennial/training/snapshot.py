"""The training set of a claim: one Parquet file in the lake, named by its content."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from perennial.context import Context
from perennial.datasets.definition import DAY, LABEL_TIME
from perennial.errors import ContractBroken, LedgerError
from perennial.hashing import sha256_of
from perennial.keys import Window
from perennial.lake.partitions import REVISION_LENGTH
from perennial.ledger.event import Event
from perennial.spec.training import Task

BATCH = 65_536
"""Rows held at once."""


@dataclass(frozen=True)
class Counts:
    """Rows that were kept, those of class 1 among them, and rows left out: without label, or labelled too late."""

    rows: int = 0
    positives: int = 0
    """of a number that is predicted: rows above 0"""
    unlabelled: int = 0
    late: int = 0

    def teach(self, task: Task) -> bool:
        """Tell whether something can be learnt from these rows: of a class, both outcomes are there."""
        return self.rows > 1 if task == "regression" else 0 < self.positives < self.rows

    def to_dict(self) -> dict[str, int]:
        """Return what the ledger event keeps."""
        return asdict(self)


@dataclass(frozen=True)
class TrainingSet:
    """Rows with their label (0 or 1, or a number) and day, both (n,)."""

    table: pa.Table
    labels: NDArray[np.int64] | NDArray[np.float64]
    days: NDArray[np.datetime64]

    def part(self, window: Window) -> TrainingSet:
        """Return the rows of some days."""
        chosen = (self.days >= np.datetime64(window.first)) & (self.days <= np.datetime64(window.last))
        return TrainingSet(self.table.filter(pa.array(chosen)), self.labels[chosen], self.days[chosen])

    @property
    def differs(self) -> bool:
        """Tell whether a model can be fitted, or ranked, on these rows: labels that are all equal teach nothing."""
        return len(self.labels) > 0 and bool(self.labels.min() < self.labels.max())


def write(source: Path, target: Path, label: str, known_by: datetime, task: Task = "classification") -> Counts:
    """Copy the rows whose label was known by a moment, in their order, in bounded memory; count the others.

    Raises ContractBroken for a label other than 0 and 1, or, where a number is predicted, one that is not finite.
    """
    counts = Counts()
    with pq.ParquetFile(source) as file, pq.ParquetWriter(target, file.schema_arrow, compression="zstd") as writer:
        for batch in file.iter_batches(BATCH):
            labelled = pc.is_valid(batch.column(label))
            known = pc.fill_null(pc.less_equal(batch.column(LABEL_TIME), _like(batch, known_by)), fill_value=False)
            kept = batch.filter(pc.and_(labelled, known))
            writer.write_batch(kept)
            counts = replace(
                counts,
                rows=counts.rows + kept.num_rows,
                positives=counts.positives + _positives(kept.column(label), label, task),
                unlabelled=counts.unlabelled + batch.num_rows - labelled.true_count,
                late=counts.late + labelled.true_count - kept.num_rows,
            )
    return counts


def keep(ctx: Context, staged: Path) -> tuple[str, str]:
    """Move a finished file to its place in the lake; return its SHA-256 and its path relative to the lake."""
    sha256 = sha256_of(staged)
    target = ctx.lake.folder(ctx.table("snapshots")) / f"{sha256[:REVISION_LENGTH]}.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    staged.replace(target)
    return sha256, target.relative_to(ctx.lake.root).as_posix()


def intact(ctx: Context, frozen: Event) -> bool:
    """Tell whether the file of a `snapshot.frozen` event is there and unchanged."""
    path = ctx.lake.root / frozen.payload["path"]
    return path.exists() and sha256_of(path) == str(frozen.payload["sha256"])


def read(ctx: Context, frozen: Event) -> TrainingSet:
    """Read the training set of a `snapshot.frozen` event; raises LedgerError when it is not the one recorded."""
    path = ctx.lake.root / frozen.payload["path"]
    if not intact(ctx, frozen):
        raise LedgerError(
            f"training set {path}",
            expected=f"sha256 {frozen.payload['sha256']}",
            found=f"sha256 {sha256_of(path)}" if path.exists() else "no such file",
            next_command=f"perennial run {ctx.model} train --key {frozen.key}",
        )
    table = pq.read_table(path, partitioning=None)
    kind = pa.float64() if ctx.spec.train.task == "regression" else pa.int64()
    labels = table.column(ctx.spec.label.column).cast(kind).to_numpy()
    return TrainingSet(table, labels, table.column(DAY).cast(pa.date32()).to_numpy())


def _positives(labels: pa.Array, name: str, task: Task) -> int:
    values = labels.cast(pa.float64()).to_numpy(zero_copy_only=False)
    legal = np.isfinite(values) if task == "regression" else np.isin(values, (0, 1))
    if not legal.all():
        words = {"regression": "a finite number", "classification": "1 where the thing happened and 0 where it did not"}
        raise ContractBroken(
            f"label {name}",
            expected="finite numbers or missing" if task == "regression" else "0, 1 or missing",
            found=", ".join(
                f"{value:g}" for value in np.unique(values[~legal] if task == "regression" else values)[:5]
            ),
            next_command=f"make features.sql say {words[task]}",
        )
    return int((values > 0).sum())


def _like(batch: pa.RecordBatch, moment: datetime) -> pa.Scalar:
    """Return a moment in the type of the label's time, which DuckDB writes with or without a time zone."""
    kind = batch.schema.field(LABEL_TIME).type
    return pa.scalar(moment if kind.tz else moment.replace(tzinfo=None), type=kind)
