"""What a window is held against: the same season a year earlier where there are features of it, else the training set.

Scores are held against those on the holdout: on the rows a version learnt from they are better than life.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from perennial import datasets
from perennial.datasets.definition import SHORT
from perennial.datasets.partitions import built
from perennial.keys import DAY, Window
from perennial.monitoring.case import Case

SCORE = "score"
MARGIN = 21
"""Days before and after the window's own, a season earlier: alone they are too few to tell chance from drift."""

Kind = Literal["season", "training"]


@dataclass(frozen=True)
class Reference:
    """Which rows are the reference, by content: the same rows have the same name."""

    kind: Kind
    features: Mapping[str, Any]
    scores: str
    """Digest of the scored holdout."""

    def to_dict(self) -> dict[str, Any]:
        """Return what names it."""
        return {"kind": self.kind, "features": dict(self.features), "scores": self.scores}


def reference(case: Case) -> Reference:
    """Choose the reference of a case's window."""
    scores, season = str(case.verdict["scored"]), case.spec.monitor.drift.season
    if season and (found := _season(case, season)):
        return Reference("season", found, scores)
    return Reference("training", {"snapshot": case.version["snapshot"], "window": case.version["fit_window"]}, scores)


@contextmanager
def features(case: Case, chosen: Reference) -> Iterator[str]:
    """Give the SQL of the reference's features and `day`."""
    names = ", ".join(f'"{name}"' for name in (*feature_columns(case.version), "day"))
    if chosen.kind == "training":
        folder = case.ctx.lake.root / case.ctx.table("snapshots")
        yield f"SELECT {names} FROM read_parquet('{folder / chosen.features['snapshot'][:16]}.parquet')"
        return
    with case.ctx.lake.staging() as staging:
        file = staging / "reference.parquet"
        days = Window.parse(chosen.features["window"])
        datasets.retrieve(case.ctx, case.version["transform"], days, file, labelled=False)
        yield f"SELECT {names} FROM read_parquet('{file}')"


def scores(case: Case, chosen: Reference) -> str:
    """Return the SQL of the reference's scores and `day`."""
    file = case.ctx.evidence.path(chosen.scores)
    return f"SELECT p_candidate AS {SCORE}, CAST(day AS DATE) AS day FROM read_parquet('{file}')"


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
