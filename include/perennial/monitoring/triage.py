"""What a monitoring report means. Pure: figures in, finding with its reason out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from perennial.spec.model import Performance
from perennial.statistics.resampling import Interval

Kind = Literal["healthy", "drift", "performance", "performance_and_drift", "insufficient_data"]


@dataclass(frozen=True)
class Figures:
    """What was measured in a window, and what the version showed when it was validated."""

    labelled: int
    auc: Interval | None
    """None where it is undefined: too few rows or one class."""
    calibration: Interval | None
    """Mean prediction minus observed share."""
    reference_auc: float
    drifted: Sequence[str]
    columns: int


@dataclass(frozen=True)
class Finding:
    """What is said of a window; lost performance raises a signal, drift alone is reported."""

    kind: Kind
    reason: str

    @property
    def signal(self) -> bool:
        """Tell whether retraining is asked for."""
        return self.kind in ("performance", "performance_and_drift")


def triage(figures: Figures, limits: Performance, min_rows: int) -> Finding:
    """Say what the figures mean: a loss counts when the whole interval lies beyond the limit."""
    drift = _drift(figures)
    if figures.labelled < min_rows or figures.auc is None or figures.calibration is None:
        return Finding("insufficient_data", f"{figures.labelled} labelled rows, {min_rows} are needed; {drift}")
    losses = _losses(figures.auc, figures.calibration, figures.reference_auc, limits)
    if losses:
        kind: Kind = "performance_and_drift" if figures.drifted else "performance"
        return Finding(kind, f"{'; '.join(losses)}; {drift}")
    if figures.drifted:
        return Finding("drift", f"{drift}; performance holds (AUC {figures.auc.value:.3f})")
    return Finding("healthy", f"AUC {figures.auc.value:.3f}, {drift}")


def _losses(auc: Interval, calibration: Interval, reference: float, limits: Performance) -> list[str]:
    losses = []
    if auc.high < reference - limits.max_auc_loss:
        losses.append(
            f"AUC {auc.value:.3f} [{auc.low:.3f}, {auc.high:.3f}] lies more than {limits.max_auc_loss} "
            f"below the {reference:.3f} of validation"
        )
    if calibration.low > limits.max_calibration_error or calibration.high < -limits.max_calibration_error:
        word = "above" if calibration.value > 0 else "below"
        losses.append(
            f"mean prediction {abs(calibration.value):.3f} {word} the observed share "
            f"[{calibration.low:+.3f}, {calibration.high:+.3f}], limit {limits.max_calibration_error}"
        )
    return losses


def _drift(figures: Figures) -> str:
    if not figures.drifted:
        return f"none of {figures.columns} columns drifted"
    return f"{len(figures.drifted)} of {figures.columns} columns drifted: {', '.join(figures.drifted)}"
