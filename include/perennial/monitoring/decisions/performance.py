"""Was performance lost? Pure."""

from __future__ import annotations

from math import hypot

from perennial.spec import Spec
from perennial.spec.training import NAMES
from perennial.statistics.resampling import Interval


def judge(quality: Interval, calibration: Interval, reference: Interval, spec: Spec) -> dict[str, str]:
    """Return what was lost, as sentences under `quality` and `calibration`; empty where performance holds.

    A loss counts when it is material (its value lies beyond the limit) and significant (its interval does not hold
    zero): either alone is chance or does not matter.
    """
    limits, losses = spec.monitor.performance, {}
    loss = loss_of(quality, reference)
    if loss.value > limits.max_loss and loss.low > 0:
        losses["quality"] = (
            f"{NAMES[spec.train.quality]} {quality.value:.3f} is {loss.value:.3f} [{loss.low:.3f}, {loss.high:.3f}] "
            f"below the {reference.value:.3f} of validation, limit {limits.max_loss}"
        )
    if abs(calibration.value) > limits.max_calibration_error and calibration.low * calibration.high > 0:
        word = "above" if calibration.value > 0 else "below"
        losses["calibration"] = (
            f"mean prediction {abs(calibration.value):.3f} {word} the observed share "
            f"[{calibration.low:+.3f}, {calibration.high:+.3f}], limit {limits.max_calibration_error}"
        )
    return losses


def loss_of(quality: Interval, reference: Interval) -> Interval:
    """Return reference minus present quality with its interval, from the intervals of two independent samples.

    Both are uncertain, and a good fortnight at validation must not make every later one a loss. Source: Zou and
    Donner (2008), "Construction of confidence limits about effect measures" (MOVER).
    """
    value = reference.value - quality.value
    below = hypot(reference.value - reference.low, quality.high - quality.value)
    above = hypot(reference.high - reference.value, quality.value - quality.low)
    return Interval(value, value - below, value + above)
