"""Drift of the champion's inputs and scores."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from perennial.monitoring import frames
from perennial.monitoring.case import Case
from perennial.monitoring.report import DriftReport, drift_report
from perennial.monitoring.result import Result

if TYPE_CHECKING:
    import pandas as pd


def drift(case: Case) -> Result:
    """Compare the window with what the champion was trained on, column by column."""
    report, sampled = _compare(case)
    columns = {name: asdict(column) for name, column in report.columns.items()}
    many = f"{len(report.drifted)} of {len(columns)} columns drifted"
    return Result(
        "drift",
        "alarm" if report.drifted else "ok",
        f"{many}: {', '.join(report.drifted)}" if report.drifted else f"none of {len(columns)} columns drifted",
        {"columns": columns, "sampled": sampled},
        tuple(report.drifted),
        {"html": case.ctx.evidence.put(report.html, ".html")},
    )


def _compare(case: Case) -> tuple[DriftReport, dict[str, Any]]:
    version, monitor = case.version, case.spec.monitor
    current = frames.current(case.ctx, version, case.window)
    features, scores = frames.reference(case.ctx, version, case.verdict["scored"])
    numeric, categorical = version["columns"]["numeric"], version["columns"]["categorical"]
    report = drift_report(
        current.frame,
        _beside(features.frame, scores.frame),
        {name: monitor.columns.get(name, monitor.numeric) for name in [*numeric, frames.SCORE]},
        {name: monitor.columns.get(name, monitor.categorical) for name in categorical},
    )
    sampled = {
        "current": {"rows": current.rows, "sample": len(current.frame)},
        "reference": {"rows": features.rows, "sample": len(features.frame)},
        "reference_scores": {"rows": scores.rows, "sample": len(scores.frame)},
    }
    return report, sampled


def _beside(features: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Put two samples of different lengths side by side; the shorter ends in missing values, which are not compared."""
    import pandas as pd

    return pd.concat([features.reset_index(drop=True), scores.reset_index(drop=True)], axis=1)
