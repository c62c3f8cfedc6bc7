"""Whether the candidate's probabilities can be taken at their word."""

from __future__ import annotations

from perennial.statistics.resampling import Interval
from perennial.validation.estimate import Calibration, Estimate, Unknown
from perennial.validation.gates.registry import GateResult, Rule, gate, judge_estimate


@gate("calibration", "calibration")
def calibration(figures: Calibration, rule: Rule) -> GateResult:
    """Ask whether the mean prediction is close enough to the observed share."""
    return judge_estimate("calibration", distance(figures.in_the_large), figures.rows, rule)


@gate("calibration_error", "calibration", "classification")
def calibration_error(figures: Calibration, rule: Rule) -> GateResult:
    """Ask whether predictions are close to the share observed wherever they lie, not only on the whole."""
    return judge_estimate("calibration_error", figures.error, figures.rows, rule)


@gate("brier", "calibration", "classification")
def brier(figures: Calibration, rule: Rule) -> GateResult:
    """Ask whether its Brier score is enough below that of saying the base rate; a share fits any base rate."""
    return judge_estimate("brier", figures.skill, figures.rows, rule)


def distance(estimate: Estimate) -> Estimate:
    """Fold the interval of a signed difference into one of its size."""
    if isinstance(estimate, Unknown):
        return estimate
    ends = abs(estimate.low), abs(estimate.high)
    nearest = 0.0 if estimate.low <= 0 <= estimate.high else min(ends)
    return Interval(abs(estimate.value), nearest, max(ends), estimate.level)
