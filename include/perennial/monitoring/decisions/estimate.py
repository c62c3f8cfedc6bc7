"""May an estimate of performance, made before labels come, decide anything? Pure."""

from __future__ import annotations

from dataclasses import dataclass

from perennial.monitoring.decisions.performance import difference_of
from perennial.monitoring.result import Verdict
from perennial.statistics.backtest import FEWEST
from perennial.statistics.resampling import Interval

FAR = 4.0
"""How many times larger than its error a loss has to be before an estimate alone raises an alarm."""


@dataclass(frozen=True)
class Estimated:
    """The AUC of a window without its labels."""

    value: float | None
    """None where there is nothing to calibrate on"""
    interval: Interval | None
    """None where it is not known how far such estimates were off"""
    realised: float | None
    """None until labels came"""
    age: int
    """days from the newest label to the window's end"""
    errors: int
    """windows of the past that were estimated so and whose labels are known"""


def judge(found: Estimated, reference: Interval | None, limit: float) -> tuple[Verdict, str]:
    """Return a verdict and its reason; a loss counts from `limit` of AUC below the reference on.

    Nothing is decided by an estimate whose recent error was larger than the effect. One that decides is watched,
    unless the loss is far larger than the error; and once labels came they decide, not the estimate.
    """
    if found.value is None:
        return "insufficient_data", f"no labels to calibrate on {found.age} days before the window's end"
    said = f"estimated AUC {found.value:.3f} on labels {found.age} days old"
    if found.realised is not None:
        return "ok", f"{said}; labels came: {found.realised:.3f}, off by {found.value - found.realised:+.3f}"
    if found.interval is None or reference is None:
        return "insufficient_data", f"{said}, how far off is unknown: {found.errors} of {FEWEST} windows to tell by"
    return _judged(found.interval, reference, limit, f"{said} [{found.interval.low:.3f}, {found.interval.high:.3f}]")


def _judged(estimate: Interval, reference: Interval, limit: float, said: str) -> tuple[Verdict, str]:
    loss = difference_of(reference, estimate)
    if loss.value <= limit:
        return "ok", f"{said}, {reference.value:.3f} at validation"
    said = f"{said}, {loss.value:.3f} below the {reference.value:.3f} of validation, limit {limit}"
    error = loss.value - loss.low
    if error >= loss.value:
        return "insufficient_data", f"{said}; such estimates are off by {error:.3f}, which is more"
    return ("alarm" if FAR * error < loss.value else "watch"), said
