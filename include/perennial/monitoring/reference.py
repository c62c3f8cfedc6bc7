"""What a window is held against: the same season a year earlier where there are features of it, else the training set.

Scores are held against the champion's own of that season, or against those on the holdout: on the rows that a version
learnt from they are better than life.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from perennial import datasets
from perennial.datasets.definition import SHORT
from perennial.datasets.partitions import built
from perennial.estimators.artifact import load
from perennial.estimators.predict import score_batches
from perennial.feature_store.asof_sql import quote, text
from perennial.keys import DAY, Window
from perennial.monitoring.case import Case
from perennial.monitoring.counts import Rows

SCORE = "score"
MARGIN = 21
"""Days before and after the window's own, a season earlier: alone they are too few to tell chance from drift."""
SCORED = 200_000
"""Rows of the reference that the champion scores, once, to see how scores vary from week to week."""
BATCH = 65_536

Kind = Literal["season", "training"]


@dataclass(frozen=True)
class Reference:
    """Which rows are the reference, by content: the same rows have the same name."""

    kind: Kind
    features: Mapping[str, Any]
    scores: str
    """digest of the scored holdout, or of the model that scores the season"""

    def to_dict(self) -> dict[str, Any]:
        """Return what names it."""
        return {"kind": self.kind, "features": dict(self.features), "scores": self.scores}


def references(case: Case) -> list[Reference]:
    """Return the references of a case's window, the better one first."""
    learnt = {"snapshot": case.version["snapshot"], "window": case.version["fit_window"]}
    training = Reference("training", learnt, str(case.verdict["scored"]))
    season = case.spec.monitor.drift.season
    if season and (found := _season(case, season)):
        return [Reference("season", found, case.version["artifact"]["sha256"]), training]
    return [training]


@contextmanager
def features(case: Case, chosen: Reference) -> Iterator[str]:
    """Give the SQL of the reference's features and `day`."""
    names = ", ".join(map(quote, (*feature_columns(case.version), "day")))
    if chosen.kind == "training":
        file = case.ctx.lake.root / case.ctx.table("snapshots") / f"{chosen.features['snapshot'][:16]}.parquet"
        yield f"SELECT {names} FROM read_parquet({text(str(file))})"
        return
    with case.ctx.lake.staging() as staging:
        file, days = staging / "reference.parquet", Window.parse(chosen.features["window"])
        datasets.retrieve(case.ctx, case.version["transform"], days, file, labelled=False)
        yield f"SELECT {names} FROM read_parquet({text(str(file))})"


def holdout(case: Case) -> str:
    """Return the SQL of the scores on the holdout and `day`."""
    file = case.ctx.evidence.path(case.verdict["scored"])
    return f"SELECT p_candidate AS {SCORE}, CAST(day AS DATE) AS day FROM read_parquet({text(str(file))})"


def score(case: Case, rows: Rows, out: Path) -> str:
    """Let the champion score some of the rows; return the SQL of the scores and `day`."""
    artifact = case.version["artifact"]
    model = load(case.ctx.settings.artifacts / artifact["path"], artifact["sha256"])
    drawn = f"SELECT * FROM ({rows.sql}) USING SAMPLE reservoir({SCORED} ROWS) REPEATABLE (0)"
    schema = pa.schema([(SCORE, pa.float64()), ("day", pa.date32())])
    batches = rows.database.sql(drawn).to_arrow_reader(BATCH)
    with pq.ParquetWriter(out, schema) as writer:
        for batch, scores in score_batches(model, batches):
            writer.write_batch(
                pa.record_batch([pa.array(scores), batch.column("day").cast(pa.date32())], schema=schema)
            )
    return f"FROM read_parquet({text(str(out))})"


def feature_columns(version: Mapping[str, Any]) -> list[str]:
    """Name the features that a version is given."""
    return [*version["columns"]["numeric"], *version["columns"]["categorical"]]


def _season(case: Case, ago: int) -> dict[str, Any] | None:
    """Return the days around the window's own a season ago with their revisions; None where one has no features."""
    window = case.window
    days = Window(window.first - (ago + MARGIN) * DAY, min(window.last - (ago - MARGIN) * DAY, window.first - DAY))
    table = case.ctx.table("examples", case.version["transform"][:SHORT])
    have = built(case.history, case.version["transform"]).partitions.get(table, {})
    if not all(day in have for day in days):
        return None
    return {"window": str(days), "revisions": [have[day].revision for day in days]}
