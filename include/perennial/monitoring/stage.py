"""Report on a window of the champion's predictions, and raise a signal where performance was lost."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from perennial.context import Context
from perennial.errors import GateRefused
from perennial.keys import Window, version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.monitoring import frames
from perennial.monitoring.report import DriftReport, drift_report
from perennial.monitoring.triage import Figures, Finding, triage
from perennial.policy import load_policy
from perennial.spec import Spec
from perennial.spec.training import NAMES
from perennial.statistics.resampling import Interval, interval, mean_interval

if TYPE_CHECKING:
    import pandas as pd


def report(ctx: Context, window: Window) -> Event:
    """Measure drift and performance of the champion in a window; raises GateRefused where it predicted nothing."""
    history = ctx.chain.history()
    number = _champion(history, window)
    version, verdict = history.version(number), history.verdict(number)
    assert verdict is not None, "a champion has a verdict"
    drift, sampled = _drift(ctx, version, verdict.payload["scored"], window)
    rows = frames.labelled(ctx, version, window)
    quality, calibration = performance(rows, ctx.spec)
    body = {
        "version": number,
        "window": str(window),
        "labelled": len(rows),
        "late_labels": sampled["current"]["rows"] - len(rows),
        "metric": ctx.spec.train.quality,
        "quality": quality and quality.to_dict(),
        "calibration": calibration and calibration.to_dict(),
        "reference": verdict.payload["reference"],
        "drift": {name: asdict(column) for name, column in drift.columns.items()},
        "drifted": drift.drifted,
        "sampled": sampled,
        "html": ctx.evidence.put(drift.html, ".html"),
    }
    return ctx.chain.record(
        "monitoring.reported",
        str(window),
        body,
        evidence=ctx.evidence.put_json(body),
        once=f"{version_key(number)}:{window}",
    )


def raise_signal(ctx: Context, window: Window) -> Event | None:
    """Say what the window's report means; returns the signal, or None where none is raised."""
    reported = ctx.chain.history().last("monitoring.reported", str(window))
    if reported is None:
        raise GateRefused(
            f"{ctx.model}: triage of {window}",
            expected="a monitoring report on this window",
            found="none in the ledger",
            next_command=f"perennial run {ctx.model} monitor --key {window}",
        )
    finding = judge(ctx, reported)
    number = reported.payload["version"]
    once = f"{version_key(number)}:{window}"
    body = {"version": number, "window": str(window), "kind": finding.kind, "reason": finding.reason}
    ctx.chain.record("triage.decided", str(window), body, once=once)
    return ctx.chain.record("signal.raised", str(window), body, once=once) if finding.signal else None


def judge(ctx: Context, reported: Event) -> Finding:
    """Return what a report means under the spec's limits."""
    body = reported.payload
    figures = Figures(
        labelled=body["labelled"],
        metric=NAMES[body["metric"]],
        quality=body["quality"] and Interval(**body["quality"]),
        calibration=body["calibration"] and Interval(**body["calibration"]),
        reference=body["reference"]["quality"] and Interval(**body["reference"]["quality"]),
        drifted=body["drifted"],
        columns=len(body["drift"]),
    )
    policy = load_policy(ctx.settings.policies, ctx.spec)
    return triage(figures, ctx.spec.monitor.performance, policy.min_rows)


def performance(rows: pd.DataFrame, spec: Spec) -> tuple[Interval | None, Interval | None]:
    """Return quality and calibration in the large with intervals over the spec's unit; None where undefined."""
    import numpy as np

    blocks = rows["day"].astype(str).to_numpy() if spec.resampling_unit == "day" else np.arange(len(rows))
    if rows["y"].nunique() < 2 or len(set(blocks)) < 2:  # noqa: PLR2004 - two outcomes, two blocks
        return None, None
    y, p = rows["y"], rows[frames.SCORE]
    return interval(spec.train.quality, y, p, blocks), mean_interval(p - y, blocks)


def _champion(history: History, window: Window) -> int:
    scored = [
        event
        for event in history.of("predictions.published")
        if Window.parse(event.key).clip(window.first, window.last) and event.payload["version"] == history.champion
    ]
    if history.champion is None or not scored:
        raise GateRefused(
            f"{history.chain}: monitoring {window}",
            expected="predictions of the champion in this window",
            found="none published",
            next_command=f"perennial run {history.chain} score --key {window}",
        )
    return history.champion


def _drift(ctx: Context, version: Any, scored: str, window: Window) -> tuple[DriftReport, dict[str, Any]]:
    current = frames.current(ctx, version, window)
    features, scores = frames.reference(ctx, version, scored)
    numeric, categorical = version["columns"]["numeric"], version["columns"]["categorical"]
    own, monitor = ctx.spec.monitor.columns, ctx.spec.monitor
    features_report = drift_report(
        current.frame,
        _beside(features.frame, scores.frame),
        {name: own.get(name, monitor.numeric) for name in [*numeric, frames.SCORE]},
        {name: own.get(name, monitor.categorical) for name in categorical},
    )
    sampled = {
        "current": {"rows": current.rows, "sample": len(current.frame)},
        "reference": {"rows": features.rows, "sample": len(features.frame)},
        "reference_scores": {"rows": scores.rows, "sample": len(scores.frame)},
    }
    return features_report, sampled


def _beside(features: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Put two samples of different lengths side by side; the shorter ends in missing values, which are not compared."""
    import pandas as pd

    return pd.concat([features.reset_index(drop=True), scores.reset_index(drop=True)], axis=1)
