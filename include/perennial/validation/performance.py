"""The part of the card that shows how a candidate did on its holdout: figures with intervals, and plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from perennial.keys import version_key
from perennial.validation.curves import Bin, reliability, roc_points
from perennial.validation.document import Block, Drawing, Table, Text
from perennial.validation.estimate import Estimate, Performance, Unknown
from perennial.validation.plots import Line, square

if TYPE_CHECKING:
    import pandas as pd

NAMES = {"p_candidate": "candidate", "p_champion": "champion", "p_baseline": "baseline"}
BASELINE, CHAMPION = "difference in AUC, candidate - baseline", "difference in AUC, candidate - champion"


def performance(measured: Mapping[str, Any], champion: int | None, frame: pd.DataFrame) -> list[Block]:
    """Lay out the figures of a holdout's scored rows."""
    found: Performance = measured["performance"]
    rows = [_estimate("AUC", found.auc), _estimate(BASELINE, found.baseline)]
    if found.champion is not None and champion is not None:
        rows.append(_estimate(f"{CHAMPION} {version_key(champion)}", found.champion))
    rows.append(_estimate("mean prediction - observed share", measured["calibration"].in_the_large))
    bins = reliability(frame["y"].to_numpy(), frame["p_candidate"].to_numpy())
    return [
        Table(["figure", "value", "95 % interval"], rows),
        Text("Intervals: bootstrap over whole days; differences are paired, both models on the same rows."),
        Drawing("ROC curve", square("ROC curve", "false positive rate", "true positive rate", _roc(frame))),
        Drawing("Reliability", _reliability(bins)),
        Table(
            ["rows", "mean prediction", "observed share"],
            [[f"{one.rows:,}", f"{one.predicted:.3f}", f"{one.observed:.3f}"] for one in bins],
        ),
    ]


def number(value: float | None) -> str:
    """Write a figure, or a dash."""
    return "-" if value is None else f"{value:.4g}"


def between(low: float | None, high: float | None) -> str:
    """Write an interval, or a dash."""
    return "-" if low is None or high is None else f"{low:.4f} to {high:.4f}"


def _roc(frame: pd.DataFrame) -> list[Line]:
    curves = []
    for column, name in NAMES.items():
        rows = frame[frame[column].notna()]
        if points := roc_points(rows["y"].to_numpy(), rows[column].to_numpy()):
            curves.append(Line(name, points))
    return curves


def _reliability(bins: Sequence[Bin]) -> str:
    most = max(1e-6, *(max(one.predicted, one.observed) for one in bins))
    line = Line("candidate", [(one.predicted, one.observed) for one in bins], marked=True)
    return square("Reliability", "mean prediction", "observed share", [line], most)


def _estimate(name: str, figure: Estimate) -> list[str]:
    if isinstance(figure, Unknown):
        return [name, "unknown", figure.why]
    return [name, number(figure.value), between(figure.low, figure.high)]
