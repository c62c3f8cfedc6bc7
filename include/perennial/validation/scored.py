"""Score the rows of a holdout, in bounded memory, and turn scores into decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from perennial.context import Context
from perennial.datasets.definition import DAY, LABEL_TIME
from perennial.errors import HistoryIncomplete
from perennial.estimators.artifact import load
from perennial.estimators.columns import Columns
from perennial.estimators.decision_rule import DecisionRule, decide, rule_of
from perennial.estimators.predict import predict
from perennial.estimators.probe import GOLDEN_SCORE
from perennial.keys import version_key
from perennial.validation.holdout import Holdout, Scored

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

BATCH = 65_536
"""Rows scored at once."""
GOLDEN = 512
"""About as many rows, spread over the holdout, are kept with their predictions."""
SAMPLE = 4_096
"""About as many rows, spread over the holdout, are kept for measures that change rows or explain them."""


@dataclass(frozen=True)
class Scorer:
    """A model and the rule that makes its scores decisions."""

    model: Pipeline
    rule: DecisionRule
    version: str
    """The name that lots are drawn with."""

    def decide(self, scores: Any, rows: pa.RecordBatch, entity: str) -> Any:
        """Return decisions, (n,)."""
        groups = rows.select(list(self.rule.attributes)).to_pandas()
        return decide(self.rule, scores, groups, rows.column(entity).to_pylist(), self.version)


def score(ctx: Context, candidate: Mapping[str, Any], champion: Mapping[str, Any] | None, holdout: Holdout) -> Scored:
    """Score the labelled rows; raises ArtifactUntrusted for a changed model file, HistoryIncomplete without labels."""
    mine, simple = _scorer(ctx, candidate), DecisionRule(ctx.spec.cost.threshold)
    baseline = Scorer(_load(ctx, candidate["baseline"]), simple, mine.version)
    scored = score_file({"candidate": mine, "baseline": baseline}, holdout.candidate, holdout)
    if scored.frame.empty:
        raise _unlabelled(ctx, candidate, scored.unlabelled, holdout.now)
    if champion is None or holdout.champion is None:
        return replace(scored, frame=scored.frame.assign(p_champion=np.nan, d_champion=np.nan))
    other = score_file({"champion": _scorer(ctx, champion)}, holdout.champion, holdout)
    keys = [holdout.entity, DAY]
    theirs = other.frame[[*keys, "p_champion", "d_champion"]]
    return replace(scored, frame=scored.frame.merge(theirs, on=keys, how="left", validate="one_to_one"))


def score_file(scorers: Mapping[str, Scorer], path: Path, holdout: Holdout) -> Scored:
    """Score the labelled rows of one file with models of the same columns; golden rows are those of the first."""
    names = Columns.of(next(iter(scorers.values())).model).names
    total = max(1, pq.read_metadata(path).num_rows)
    groups = [name for name in holdout.groups if name in pq.read_schema(path).names]
    attributes = [name for scorer in scorers.values() for name in scorer.rule.attributes]
    kept = list(dict.fromkeys([holdout.entity, *names, *groups, *attributes]))
    parts, unlabelled = [], 0
    for first, batch in _batches(path, [DAY, holdout.label, LABEL_TIME, *kept]):
        known = _known(batch, holdout)
        rows, place = batch.filter(pa.array(known)), np.arange(first, first + batch.num_rows)[known]
        golden, sample = (place % max(1, total // wanted) == 0 for wanted in (GOLDEN, SAMPLE))
        frame = _scored(scorers, rows, holdout)
        shown = rows.select(kept).filter(pa.array(sample))
        parts.append(_Part(frame, rows.select(groups).to_pandas(), _golden(rows, names, frame, golden), shown, sample))
        unlabelled += batch.num_rows - rows.num_rows
    return _joined(parts, unlabelled)


class _Part(NamedTuple):
    """What one batch gives."""

    frame: pd.DataFrame
    groups: pd.DataFrame
    golden: pa.Table
    sample: pa.RecordBatch
    chosen: NDArray[np.bool_]


def _joined(parts: Sequence[_Part], unlabelled: int) -> Scored:
    return Scored(
        frame=pd.concat([part.frame for part in parts], ignore_index=True),
        unlabelled=unlabelled,
        golden=pa.concat_tables([part.golden for part in parts]),
        groups=pd.concat([part.groups for part in parts], ignore_index=True),
        sample=pa.Table.from_batches([part.sample for part in parts]),
        places=np.flatnonzero(np.concatenate([part.chosen for part in parts])),
    )


def _scored(scorers: Mapping[str, Scorer], rows: pa.RecordBatch, holdout: Holdout) -> pd.DataFrame:
    frame = _frame(rows, holdout)
    for name, scorer in scorers.items():
        scores = predict(scorer.model, rows)
        frame[f"p_{name}"] = scores
        if name != "baseline":
            decides = holdout.task == "classification"
            frame[f"d_{name}"] = scorer.decide(scores, rows, holdout.entity) if decides else np.nan
    return frame


def _scorer(ctx: Context, version: Mapping[str, Any]) -> Scorer:
    return Scorer(_load(ctx, version["artifact"]), rule_of(version, ctx.spec.cost), ctx.named(version["version"]))


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
    label = rows.column(holdout.label)
    y = label.cast(pa.float64() if holdout.task == "regression" else pa.int64()).to_numpy(zero_copy_only=False)
    frame: pd.DataFrame = rows.select([holdout.entity, DAY]).to_pandas()
    return frame.assign(y=y)


def _golden(rows: pa.RecordBatch, names: Sequence[str], frame: pd.DataFrame, chosen: Any) -> pa.Table:
    scores = frame.filter(like="p_").iloc[:, 0].to_numpy()
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
