"""The champion's performance on the labels that are known by now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perennial.monitoring import frames
from perennial.monitoring.case import Case
from perennial.monitoring.decisions.performance import judge
from perennial.monitoring.result import Result
from perennial.spec import Spec
from perennial.spec.training import NAMES
from perennial.statistics.resampling import Interval, interval, mean_interval

if TYPE_CHECKING:
    import pandas as pd


def performance(case: Case) -> Result:
    """Hold quality and calibration in the window against those of validation."""
    rows = frames.labelled(case.ctx, case.version, case.window)
    quality, calibration = measured(rows, case.spec)
    reference = case.verdict["reference"]["quality"]
    losses = None
    if len(rows) >= case.policy.min_rows and quality and calibration and reference:
        losses = judge(quality, calibration, Interval(**reference), case.spec)
    figures: dict[str, Any] = {
        "labelled": len(rows),
        "metric": case.spec.train.quality,
        "quality": quality and quality.to_dict(),
        "calibration": calibration and calibration.to_dict(),
        "reference": case.verdict["reference"],
    }
    if losses is None:
        why = f"{len(rows)} labelled rows, {case.policy.min_rows} are needed"
        return Result("performance", "insufficient_data", why, figures)
    name, held = NAMES[case.spec.train.quality], quality.value if quality else 0.0
    return Result(
        "performance",
        "alarm" if losses else "ok",
        "; ".join(losses.values()) or f"{name} {held:.3f}",
        figures,
        tuple(losses),
    )


def measured(rows: pd.DataFrame, spec: Spec) -> tuple[Interval | None, Interval | None]:
    """Return quality and calibration in the large with intervals over the spec's unit; None where undefined."""
    import numpy as np

    blocks = rows["day"].astype(str).to_numpy() if spec.resampling_unit == "day" else np.arange(len(rows))
    if rows["y"].nunique() < 2 or len(set(blocks)) < 2:  # noqa: PLR2004 - two outcomes, two blocks
        return None, None
    y, p = rows["y"], rows[frames.SCORE]
    return interval(spec.train.quality, y, p, blocks), mean_interval(p - y, blocks)
