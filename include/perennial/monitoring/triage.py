"""What a monitoring report means. Pure: figures in, finding with its reason out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from typing import Literal

from perennial.spec.monitoring import Performance
from perennial.statistics.resampling import Interval

Kind = Literal["healthy", "drift", "performance", "performance_and_drift", "insufficient_data"]


@dataclass(frozen=True)
class Figures:
    """What was measured in a window, and what the version showed when it was validated."""

    labelled: int
    metric: str
    """AUC, or R squared where a number is predicted"""
    quality: Interval | None
    """None where it is undefined: too few rows or one class."""
    calibration: Interval | None
    """Mean prediction minus observed share."""
    reference: Interval | None
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
    """Say what the figures mean.

    A loss counts when it is material (its value lies beyond the limit) and significant (its interval does not hold
    zero): either alone is chance or does not matter.
    """
    drift = _drift(figures)
    if (
        figures.labelled < min_rows
        or figures.quality is None
        or figures.calibration is None
        or figures.reference is None
    ):
        return Finding("insufficient_data", f"{figures.labelled} labelled rows, {min_rows} are needed; {drift}")
    losses = _losses(figures.metric, figures.quality, figures.calibration, figures.reference, limits)
    if losses:
        kind: Kind = "performance_and_drift" if figures.drifted else "performance"
        return Finding(kind, f"{'; '.join(losses)}; {drift}")
    if figures.drifted:
        return Finding("drift", f"{drift}; performance holds ({figures.metric} {figures.quality.value:.3f})")
    return Finding("healthy", f"{figures.metric} {figures.quality.value:.3f}, {drift}")


def loss_of(quality: Interval, reference: Interval) -> Interval:
    """Return reference minus present quality with its interval, from the intervals of two independent samples.

    Both are uncertain, and a good fortnight at validation must not make every later one a loss. Source: Zou and
    Donner (2008), "Construction of confidence limits about effect measures" (MOVER).
    """
    value = reference.value - quality.value
    below = hypot(reference.value - reference.low, quality.high - quality.value)
    above = hypot(reference.high - reference.value, quality.value - quality.low)
    return Interval(value, value - below, value + above)


def _losses(
    metric: str, quality: Interval, calibration: Interval, reference: Interval, limits: Performance
) -> list[str]:
    losses = []
    loss = loss_of(quality, reference)
    if loss.value > limits.max_loss and loss.low > 0:
        losses.append(
            f"{metric} {quality.value:.3f} is {loss.value:.3f} [{loss.low:.3f}, {loss.high:.3f}] below the "
            f"{reference.value:.3f} of validation, limit {limits.max_loss}"
        )
    if abs(calibration.value) > limits.max_calibration_error and calibration.low * calibration.high > 0:
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
