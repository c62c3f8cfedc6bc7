"""Was performance lost? Pure.

A loss counts when it is material (its value lies beyond the limit) and significant (its interval does not hold zero):
either alone is chance or does not matter. How sure is sure follows from how often one looks: with 95 % intervals a
champion that lost nothing was accused in 2.6 windows a year, 3.9 where weeks hang together (flights, windows of 14 days
every 7, simulated years without change). So each of the two questions gets half of the spec's `false_alarms` a year,
spread over its windows; at one a year `bench/estimate.py` counts 1.4 windows, in one episode.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import hypot
from typing import Any, Literal

from perennial.spec import Spec
from perennial.spec.drift import YEAR
from perennial.spec.training import NAMES
from perennial.statistics.resampling import Interval

Question = Literal["quality", "calibration", "label_rate"]
ASKED = 2
"""Questions that raise an alarm: quality and calibration."""
LEAST_SURE = 0.9
"""Level below which no interval is read, however seldom one looks."""


@dataclass(frozen=True)
class Answer:
    """One question, its interval, and whether it is a loss."""

    interval: Interval
    limit: float
    material: bool
    significant: bool
    said: str

    @property
    def counts(self) -> bool:
        """Tell whether both hold."""
        return self.material and self.significant

    def to_dict(self) -> dict[str, Any]:
        """Return what a report keeps of it."""
        return {**asdict(self), "interval": self.interval.to_dict(), "counts": self.counts}


def levels(spec: Spec) -> dict[Question, float]:
    """Return how sure each answer has to be; a loss of quality has one side, the others have two."""
    wrong = min(spec.monitor.performance.false_alarms.yearly * spec.monitor.every / YEAR / ASKED, 1 - LEAST_SURE)
    two_sided = 1 - wrong
    return {"quality": max(LEAST_SURE, 1 - 2 * wrong), "calibration": two_sided, "label_rate": two_sided}


def judge(
    quality: Interval,
    calibration: Interval,
    reference: Interval,
    spec: Spec,
    rates: tuple[Interval, Interval] | None = None,
) -> dict[Question, Answer]:
    """Answer whether quality was lost, calibration is off, and labels are more or less frequent than at validation.

    `rates` are the shares of label 1 now and at validation. Intervals have the levels of `levels`.
    """
    answers: dict[Question, Answer] = {
        "quality": _quality(quality, reference, spec),
        "calibration": _calibration(calibration, spec),
    }
    return answers if rates is None else {**answers, "label_rate": _label_rate(*rates, spec)}


def difference_of(one: Interval, other: Interval) -> Interval:
    """Return one minus the other with its interval, from the intervals of two independent samples.

    Both are uncertain, and a good fortnight at validation must not make every later one a loss. Source: Zou and
    Donner (2008), "Construction of confidence limits about effect measures" (MOVER).
    """
    value = one.value - other.value
    below = hypot(one.value - one.low, other.high - other.value)
    above = hypot(one.high - one.value, other.value - other.low)
    return Interval(value, value - below, value + above, one.level)


def at_level(interval: Interval, level: float) -> Interval:
    """Return an interval as it would be at another level, by the normal distribution."""
    from scipy.special import ndtri

    wider = float(ndtri((1 + level) / 2) / ndtri((1 + interval.level) / 2))
    value = interval.value
    return Interval(value, value - wider * (value - interval.low), value + wider * (interval.high - value), level)


def lost(answers: Mapping[Question, Answer]) -> list[Question]:
    """Name the questions whose answer is a loss; labels that the scores follow are none."""
    return [name for name, answer in answers.items() if answer.counts and name != "label_rate"]


def _quality(quality: Interval, reference: Interval, spec: Spec) -> Answer:
    limit, name = spec.monitor.performance.max_loss, NAMES[spec.train.quality]
    loss = difference_of(at_level(reference, quality.level), quality)
    said = (
        f"{name} {quality.value:.3f} is {loss.value:.3f} [{loss.low:.3f}, {loss.high:.3f}] "
        f"below the {reference.value:.3f} of validation, limit {limit}"
    )
    return Answer(loss, limit, loss.value > limit, loss.low > 0, said)


def _calibration(found: Interval, spec: Spec) -> Answer:
    limit, word = spec.monitor.performance.max_calibration_error, "above" if found.value > 0 else "below"
    said = (
        f"mean prediction {abs(found.value):.3f} {word} the observed {_observed(spec)} "
        f"[{found.low:+.3f}, {found.high:+.3f}], limit {limit}"
    )
    return Answer(found, limit, abs(found.value) > limit, found.low * found.high > 0, said)


def _label_rate(now: Interval, then: Interval, spec: Spec) -> Answer:
    limit = spec.monitor.performance.max_calibration_error
    found = difference_of(now, then)
    said = (
        f"observed {_observed(spec)} {now.value:.3f}, {then.value:.3f} at validation "
        f"({found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}])"
    )
    return Answer(found, limit, abs(found.value) > limit, found.low * found.high > 0, said)


def _observed(spec: Spec) -> str:
    return "mean" if spec.train.task == "regression" else "share"
