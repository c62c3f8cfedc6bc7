"""Drift of the champion's inputs and scores: decided on counts of all rows, shown on a page drawn from a sample."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from perennial import datasets
from perennial.errors import HistoryIncomplete
from perennial.feature_store.asof_sql import text
from perennial.keys import DAY, Window
from perennial.monitoring.calibration import Calibrated, calibrated, sampled
from perennial.monitoring.case import Case
from perennial.monitoring.counts import Counts, Rows, count, rows_of
from perennial.monitoring.decisions.drift import NOTES, UNMEASURED, Column, judge, shape_of
from perennial.monitoring.reference import SCORE, feature_columns
from perennial.monitoring.report import Page, Shown, page, with_summary
from perennial.monitoring.result import Result
from perennial.monitoring.summary import summary
from perennial.statistics.distances import DISTANCES


def drift(case: Case) -> Result:
    """Hold every column of the window against the reference, by thresholds that chance alone seldom passes."""
    try:
        found = calibrated(case)
    except HistoryIncomplete as missing:
        return Result("drift", "insufficient_data", f"{missing.where}: {missing.found}; needed: {missing.expected}")
    with _current(case) as (features, scores):
        inputs = {name: one for name, one in found.bins.items() if name != SCORE}
        counted = [count(features, inputs), count(scores, {SCORE: found.bins[SCORE]})]
        if (rows := counted[0].rows) < case.policy.min_rows:
            return Result("drift", "insufficient_data", f"{rows} rows, {case.policy.min_rows} are needed")
        columns = _columns(found, counted)
        drawn = _drawn(case, found, columns, features, scores)
    rules, keep = case.spec.monitor.drift, case.ctx.evidence
    judged = judge(columns, _earlier(case, rules.confirm.n), rules.confirm.k, rules.critical)
    figures = _figures(found, columns, judged.drifted, rows, drawn.distances)
    html = with_summary(drawn.html, summary(str(case.window), judged.why, figures))
    evidence = {"html": keep.put(html, ".html"), "json": keep.put_json(figures)}
    return Result("drift", judged.verdict, judged.why, figures, judged.drifted, evidence)


@contextmanager
def _current(case: Case) -> Iterator[tuple[Rows, Rows]]:
    """Give the window's features, through Feast, and the champion's scores."""
    with case.ctx.lake.staging() as staging:
        file = staging / "current.parquet"
        datasets.retrieve(case.ctx, case.version["transform"], case.window, file, labelled=False)
        sql = f"FROM read_parquet({text(str(file))})"
        with rows_of(case.ctx, sql) as features, rows_of(case.ctx, _scores(case)) as scores:
            yield features, scores


def _scores(case: Case) -> str:
    partitions = case.history.partitions(case.ctx.table("predictions"))
    files = ", ".join(text(str(case.ctx.lake.path(partitions[day]))) for day in case.window if day in partitions)
    return f"SELECT {SCORE}, day FROM read_parquet([{files}]) WHERE version = '{case.ctx.named(case.number)}'"


def _columns(found: Calibrated, now: Sequence[Counts]) -> dict[str, Column]:
    """Measure the distance of every column on all rows, and tell apart those that hold nothing or one value."""
    columns = {}
    for side in now:
        for name, counts in zip(side.columns, side.total, strict=True):
            before, after = found.total(name), counts[: found.bins[name].size]
            once, only = name in found.constant, name in side.constant
            same = bool(np.argmax(before) == np.argmax(after))
            shape = shape_of(int(before[:-1].sum()), int(after[:-1].sum()), once=once, only=only, same=same)
            distance = None if shape in UNMEASURED else float(DISTANCES[found.methods[name]](before, after))
            columns[name] = Column(distance, found.thresholds[name], shape)
    return columns


def _earlier(case: Case, n: int) -> list[Collection[str]]:
    """Return the columns that were beyond their threshold in each of the n - 1 windows before, for this version."""
    since = case.window.last - n * case.spec.monitor.every * DAY
    reported = {
        Window.parse(event.key).last: event.payload["results"].get("drift", {}).get("figures", {})
        for event in case.history.of("monitoring.reported")
        if event.payload["version"] == case.number
    }
    near = sorted((last for last in reported if since < last < case.window.last), reverse=True)[: n - 1]
    return [{name for name, column in reported[last].get("columns", {}).items() if column["beyond"]} for last in near]


def _drawn(case: Case, found: Calibrated, columns: Mapping[str, Column], features: Rows, scores: Rows) -> Page:
    """Draw the page from samples of both sides; columns that hold nothing, or one value for ever, stay out of it."""
    size = case.spec.monitor.sample
    now = [features.sample(feature_columns(case.version), size), scores.sample([SCORE], size)]
    shown = {
        name: Shown(found.bins[name], found.methods[name], column.threshold)
        for name, column in columns.items()
        if column.distance is not None
    }
    return page(now, sampled(case, found), shown)


def _figures(
    found: Calibrated, columns: Mapping[str, Column], drifted: Collection[str], rows: int, drawn: Mapping[str, float]
) -> dict[str, Any]:
    """Return what was measured and by what it was judged; the error of the sample is the largest over columns."""
    told = {
        name: {
            "method": found.methods[name],
            "distance": column.distance,
            "on_sample": drawn.get(name),
            "threshold": column.threshold,
            "beyond": column.beyond,
            "drifted": name in drifted,
            "note": NOTES.get(column.shape, ""),
        }
        for name, column in columns.items()
    }
    error = max((abs(value - (columns[name].distance or 0)) for name, value in drawn.items()), default=None)
    kept = ("reference", "reference_days", "reference_rows", "rate", "years", "sample")
    return {"columns": told, "rows": rows, "sample_error": error, **{name: found.kept[name] for name in kept}}
