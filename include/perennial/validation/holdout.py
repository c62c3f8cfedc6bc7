"""The rows of a holdout: fetched with each version's own features, scored in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from perennial import datasets
from perennial.context import Context
from perennial.datasets.definition import DAY, LABEL_TIME
from perennial.errors import HistoryIncomplete
from perennial.estimators.artifact import load
from perennial.estimators.columns import Columns
from perennial.estimators.predict import predict
from perennial.keys import Window, version_key

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

BATCH = 65_536
"""Rows scored at once."""
GOLDEN = 512
"""About as many rows, spread over the holdout, are kept with their predictions."""
GOLDEN_SCORE = "predicted probability"
"""Their column of predictions; no column of a spec can have a blank in its name."""


@dataclass(frozen=True)
class Holdout:
    """The holdout with each version's features, as Parquet files that last as long as their folder."""

    candidate: Path
    champion: Path | None
    entity: str
    label: str
    now: datetime | None
    """Business time: a label that becomes known later does not count."""


@dataclass(frozen=True)
class Scored:
    """The labelled rows of the holdout with their scores, and rows that show what the model is given."""

    frame: pd.DataFrame
    """entity, day, y, p_candidate, p_baseline, p_champion (missing where there is none), in the holdout's order"""
    unlabelled: int
    golden: pa.Table
    """the model's columns and GOLDEN_SCORE"""


def retrieve(ctx: Context, candidate: Mapping[str, Any], champion: Mapping[str, Any] | None, folder: Path) -> Holdout:
    """Fetch the holdout for both versions; one file serves both where they share a transform."""
    window, transform = Window.parse(candidate["holdout"]), candidate["transform"]
    mine = datasets.retrieve(ctx, transform, window, folder / "candidate.parquet", labelled=True).path
    theirs = mine if champion else None
    if champion and champion["transform"] != transform:
        theirs = datasets.retrieve(ctx, champion["transform"], window, folder / "champion.parquet", labelled=True).path
    definition = datasets.definition(ctx, transform)
    return Holdout(mine, theirs, definition.entity, definition.label, ctx.chain.history().now)


def score(ctx: Context, candidate: Mapping[str, Any], champion: Mapping[str, Any] | None, holdout: Holdout) -> Scored:
    """Score the labelled rows; raises ArtifactUntrusted for a changed model file, HistoryIncomplete without labels."""
    models = {"p_candidate": _load(ctx, candidate["artifact"]), "p_baseline": _load(ctx, candidate["baseline"])}
    scored = score_file(models, holdout.candidate, holdout)
    if scored.frame.empty:
        raise _unlabelled(ctx, candidate, scored.unlabelled, holdout.now)
    if champion is None or holdout.champion is None:
        return Scored(scored.frame.assign(p_champion=np.nan), scored.unlabelled, scored.golden)
    other = score_file({"p_champion": _load(ctx, champion["artifact"])}, holdout.champion, holdout)
    keys = [holdout.entity, DAY]
    frame = scored.frame.merge(other.frame[[*keys, "p_champion"]], on=keys, how="left", validate="one_to_one")
    return Scored(frame, scored.unlabelled, scored.golden)


def score_file(models: Mapping[str, Pipeline], path: Path, holdout: Holdout) -> Scored:
    """Score the labelled rows of one file with models of the same columns; golden rows are those of the first."""
    names = Columns.of(next(iter(models.values()))).names
    step = max(1, pq.read_metadata(path).num_rows // GOLDEN)
    frames, golden, unlabelled = [], [], 0
    for first, batch in _batches(path, [holdout.entity, DAY, holdout.label, LABEL_TIME, *names]):
        known = _known(batch, holdout)
        rows = batch.filter(pa.array(known))
        scores = {name: predict(model, rows) for name, model in models.items()}
        frames.append(_frame(rows, holdout).assign(**scores))
        chosen = np.arange(first, first + batch.num_rows)[known] % step == 0
        golden.append(_golden(rows, names, next(iter(scores.values())), chosen))
        unlabelled += batch.num_rows - rows.num_rows
    return Scored(pd.concat(frames, ignore_index=True), unlabelled, pa.concat_tables(golden))


def _load(ctx: Context, artifact: Mapping[str, Any]) -> Pipeline:
    return load(ctx.settings.artifacts / artifact["path"], artifact["sha256"])


def _batches(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield batches with the number of their first row; an empty file gives one empty batch."""
    wanted = list(dict.fromkeys(columns))
    first = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH, columns=wanted):
            yield first, batch
            first += batch.num_rows
        if not first:
            yield 0, pa.RecordBatch.from_pylist([], schema=pa.schema([file.schema_arrow.field(n) for n in wanted]))


def _known(batch: pa.RecordBatch, holdout: Holdout) -> Any:
    """Tell which rows have a label that is known by now, (n,) of bool."""
    known = batch.column(holdout.label).is_valid().to_numpy(zero_copy_only=False)
    if holdout.now is None:
        return known
    times = batch.column(LABEL_TIME).cast(pa.timestamp("us", "UTC")).to_pandas()
    return known & (times <= holdout.now).to_numpy()


def _frame(rows: pa.RecordBatch, holdout: Holdout) -> pd.DataFrame:
    y = rows.column(holdout.label).cast(pa.int64()).to_numpy(zero_copy_only=False)
    frame: pd.DataFrame = rows.select([holdout.entity, DAY]).to_pandas()
    return frame.assign(y=y)


def _golden(rows: pa.RecordBatch, names: Sequence[str], scores: Any, chosen: Any) -> pa.Table:
    table = pa.Table.from_batches([rows.select(list(names))]).append_column(GOLDEN_SCORE, pa.array(scores))
    return table.filter(pa.array(chosen))


def _unlabelled(ctx: Context, candidate: Mapping[str, Any], rows: int, now: datetime | None) -> HistoryIncomplete:
    key = version_key(candidate["version"])
    return HistoryIncomplete(
        f"{ctx.model}: holdout {candidate['holdout']} of {key}",
        expected="rows whose label is known",
        found=f"{rows} rows, none of them labelled by {now}",
        next_command=f"perennial run {ctx.model} validate --key {key}",
    )
