"""The rows of a holdout: fetched with each version's own features, and what their scores are kept in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from perennial import datasets
from perennial.context import Context
from perennial.datasets.definition import DAY
from perennial.keys import Window
from perennial.spec.training import Task


@dataclass(frozen=True)
class Holdout:
    """The holdout with each version's features, as Parquet files that last as long as their folder."""

    candidate: Path
    champion: Path | None
    entity: str
    label: str
    groups: tuple[str, ...]
    """request columns that name slices and protected groups"""
    now: datetime | None
    """Business time: a label that becomes known later does not count."""
    task: Task = "classification"


@dataclass(frozen=True)
class Scored:
    """The labelled rows of the holdout with their scores, and rows that show what the model is given."""

    frame: pd.DataFrame
    """entity, day, y, p_candidate, p_baseline, p_champion, d_candidate, d_champion (missing where there is none), in
    the holdout's order; d is the decision: 1, 0, or missing for a group that the rule never saw"""
    unlabelled: int
    golden: pa.Table
    """the model's columns and GOLDEN_SCORE"""
    groups: pd.DataFrame
    """the columns of slices and protected attributes of each row of `frame`, in its order"""
    sample: pa.Table
    """all columns of the candidate's features and of groups, and entity, of rows spread over `frame`"""
    places: NDArray[np.int64]
    """which rows of `frame` those of the sample are"""


def retrieve(ctx: Context, candidate: Mapping[str, Any], champion: Mapping[str, Any] | None, folder: Path) -> Holdout:
    """Fetch the holdout for both versions; one file serves both where they share a transform."""
    window, transform = Window.parse(candidate["holdout"]), candidate["transform"]
    mine = datasets.retrieve(ctx, transform, window, folder / "candidate.parquet", labelled=True).path
    theirs = mine if champion else None
    if champion and champion["transform"] != transform:
        theirs = datasets.retrieve(ctx, champion["transform"], window, folder / "champion.parquet", labelled=True).path
    definition = datasets.definition(ctx, transform)
    groups = tuple(dict.fromkeys([*ctx.spec.slices, *ctx.spec.protected]))
    now, task = ctx.chain.history().now, ctx.spec.train.task
    return Holdout(mine, theirs, definition.entity, definition.label, groups, now, task)


def days_of(path: Path) -> list[date]:
    """Return the days that have rows in a holdout's file, in order."""
    days = pq.read_table(path, columns=[DAY]).column(DAY).unique().cast(pa.date32()).to_pylist()
    return sorted(days)


def as_parquet(table: pa.Table) -> bytes:
    """Return the bytes of a Parquet file; equal tables give equal bytes."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content
