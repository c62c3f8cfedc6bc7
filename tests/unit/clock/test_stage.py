"""A window is told again when labels come late: of each day's parts one is checked a month after it was made."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perennial.clock.stage import tick
from perennial.context import Context
from perennial.datasets.labels import Known, known_labels
from perennial.keys import DAY, Window
from perennial.monitoring import stage
from perennial.monitoring.monitors.estimate import estimate
from perennial.monitoring.monitors.fairness import fairness
from perennial.monitoring.monitors.performance import performance
from perennial.monitoring.result import Result
from perennial.settings import Settings
from unit.training.factory import HOLDOUT, PER_DAY, Factory, parts

LIFE = Window(HOLDOUT.last + DAY, HOLDOUT.last + 8 * DAY)
WEEK = Window(LIFE.first, LIFE.first + 6 * DAY)


def scored(window: Window) -> pd.DataFrame:
    """Score parts by their heat alone."""
    rows = pd.DataFrame([row | {"day": day} for day in window for row in parts(day)])
    score = 1 / (1 + np.exp(-(rows["heat"] - 22) / 3))
    return rows.assign(score=score, decision=(score > 0.5).astype(np.int8), y=rows["scrap"])


def crowned(ctx: Context) -> None:
    """Tell of a champion that was judged on the holdout and scored the days of its life."""
    shown = scored(HOLDOUT).dropna(subset=["y"]).rename(columns={"score": "p_candidate", "decision": "d_candidate"})
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(shown[["part", "day", "y", "p_candidate", "d_candidate"]]), sink)
    transform = ctx.spec.transform_digest
    told = {"version": 1, "transform": transform, "holdout": str(HOLDOUT), "columns": {}}
    ctx.chain.record("candidate.registered", "v1", told)
    reference = {"metric": "auc", "quality": {"value": 0.9, "low": 0.85, "high": 0.93, "level": 0.95}}
    kept = ctx.evidence.put(sink.getvalue().to_pybytes(), ".parquet")
    ctx.chain.record("verdict.given", "v1", {"version": 1, "reference": reference, "scored": kept, "gates": []})
    ctx.chain.record("champion.changed", "v1", {"version": 1, "previous": None, "kind": "promotion"})
    table, days = ctx.table("predictions"), {}
    for day in LIFE:
        frame = scored(Window(day, day))[["part", "day", "score", "decision"]].assign(version=ctx.named(1))
        with ctx.lake.staging() as staging:
            pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), staging / "rows.parquet")
            days[str(day)] = ctx.lake.keep(table, day, staging / "rows.parquet").to_dict()
    ctx.chain.record("predictions.published", str(LIFE), {"version": 1, "tables": {table: days}})


def pass_time(ctx: Context, days: int) -> None:
    """Let business time be so many days after the life's end: nothing new was made."""
    last = str(LIFE.last + days * DAY)
    ctx.chain.record("raw.written", last, {"tables": {}, "counts": {}, "last": last})


def test_late_labels_are_joined_back_and_the_window_is_told_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = Result("drift", "ok", "not looked at")
    only = {"drift": lambda _: nothing, "performance": performance, "estimate": estimate, "fairness": fairness}
    monkeypatch.setattr(stage, "MONITORS", only)
    factory = Factory(settings)
    ctx = factory.say()
    factory.ingest(Window(ctx.spec.source.first, LIFE.last))
    crowned(ctx)
    (window,) = tick(ctx).windows
    known = known_labels(ctx, ctx.chain.history(), ctx.spec.transform_digest, [window])[window]
    assert known == Known(len(window) * PER_DAY, len(window) * (PER_DAY - 2))
    first = stage.report(ctx, window)
    assert first.payload["labels"] == {"maturity": "matured", "rows": known.rows, "known": known.labelled}
    assert first.payload["results"]["performance"]["figures"]["labelled"] == known.labelled
    assert "labels came" in first.payload["results"]["estimate"]["why"]
    assert "fairness" not in first.payload["results"], "nobody is protected"
    assert tick(ctx).windows == ()
    assert stage.report(ctx, window) == first

    pass_time(ctx, 28)
    assert (window.end + timedelta(days=1 + 28)) >= ctx.chain.history().now  # type: ignore[operator]
    assert tick(ctx).windows == (window,)
    again = stage.report(ctx, window)
    assert again.payload["labels"]["known"] > known.labelled
    assert again.payload["results"]["performance"]["figures"]["labelled"] == again.payload["labels"]["known"]
    assert tick(ctx).windows == ()
    assert ctx.chain.history().of("monitoring.reported") == [first, again]
