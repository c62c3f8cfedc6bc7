"""How far an estimate is off: made again for windows of the past whose labels are known by now.

An estimate made at the end of a window rests on labels of some age: nothing is known after the day `last`. The same is
done for past windows, as if labels had ended so many days before *their* end, and the distance to what came true is the
error. Its quantile over the newest windows is the reach of the interval (split conformal prediction: Lei et al. 2018).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from perennial.statistics.bootstrap import Interval
from perennial.statistics.estimated import Calibrator, Figures, Floats, Prices, Rows, calibrator, figures

LEVEL = 0.8
"""What an interval promises: with four errors the largest of them is as much as can be said."""
FEWEST, NEWEST = 4, 12
"""Past windows without which no error is known, and how many of them count as recent."""
STEP = 7
"""Days between the ages at which errors are looked at: none may be smaller than that of fresher labels."""
NAMES = ("auc", "rate", "cost")


@dataclass(frozen=True)
class Plan:
    """How estimates are made."""

    length: int
    """days of a window"""
    every: int
    """days from one window to the next"""
    delay: int
    """days until a day's labels are known when nothing is late; 1 at least"""
    newest: int
    """labelled days that probabilities are calibrated on"""
    fewest: int
    """labelled rows that they have to have"""
    prices: Prices


@dataclass
class Estimator:
    """A version's scored rows, those of its holdout first; estimates of any of their windows."""

    rows: Rows
    plan: Plan
    _kept: dict[int, Calibrator | None] = field(default_factory=dict, repr=False)
    _errors: dict[tuple[int, int], list[dict[str, float]]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Take apart what can be learnt from."""
        self._labelled = self.rows.labelled()
        self._days = np.unique(self._labelled.day)

    def estimate(self, end: int, age: int) -> Figures | None:
        """Estimate the window that ends with day `end` on labels that ended `age` days before.

        Each day rests on the labels that were known when it was over. None where a day has too few rows to learn from,
        and for a window that begins before the rows do.
        """
        asked, last = self._window(self.rows, end), end - age
        if not len(asked.day) or end - self.plan.length + 1 < self.rows.day[0]:
            return None
        parts = [self._probabilities(asked, day, last) for day in np.unique(asked.day)]
        if any(part is None for part in parts):
            return None
        known = np.concatenate([part for part in parts if part is not None])
        return figures(asked.score, known, asked.decision, self.plan.prices)

    def realised(self, end: int) -> Figures | None:
        """Return what came true in a window; None where none of its labels is known."""
        rows = self._window(self._labelled, end)
        return figures(rows.score, rows.y, rows.decision, self.plan.prices) if len(rows.day) else None

    def errors(self, newest: int, age: int) -> list[dict[str, float]]:
        """Return estimate minus truth of past windows, the newest first, which ends with day `newest`."""
        if (newest, age) not in self._errors:
            ends = (newest - n * self.plan.every for n in range(NEWEST))
            pairs = [(self.estimate(end, age), self.realised(end)) for end in ends]
            self._errors[newest, age] = [_off(guess, truth) for guess, truth in pairs if guess and truth]
        return self._errors[newest, age]

    def reach(self, newest: int, age: int) -> dict[str, float]:
        """Return how far each figure may be off at an age of the labels, no less than at a smaller one.

        Empty where too few windows of the past can be estimated so.
        """
        if len(self.errors(newest, age)) < FEWEST:
            return {}
        ages = {*range(self.plan.delay, age, STEP), age}
        each = [quantiles(self.errors(newest, one)) for one in ages]
        return {name: max(one[name] for one in each if name in one) for name in each[0] if name in NAMES}

    def _window(self, rows: Rows, end: int) -> Rows:
        return rows.between(end - self.plan.length + 1, end)

    def _probabilities(self, asked: Rows, day: int, last: int) -> Floats | None:
        rows = asked.between(day, day)
        made = self._calibrator(min(day - self.plan.delay, last))
        return made(rows.score) if made else None

    def _calibrator(self, newest: int) -> Calibrator | None:
        """Return the calibrator of the newest labelled days up to a day."""
        days = self._days[self._days <= newest][-self.plan.newest :]
        if not len(days):
            return None
        key = int(days[-1])
        if key not in self._kept:
            rows = self._labelled.between(int(days[0]), key)
            self._kept[key] = calibrator(rows.score, rows.y) if len(rows.day) >= self.plan.fewest else None
        return self._kept[key]


def quantiles(errors: list[dict[str, float]]) -> dict[str, float]:
    """Return the reach of each figure: the error that a share LEVEL of new ones stays under, (n + 1) corrected."""
    found = {}
    for name in NAMES:
        sizes = sorted(abs(error[name]) for error in errors if name in error)
        if len(sizes) >= FEWEST:
            found[name] = sizes[min(len(sizes), math.ceil((len(sizes) + 1) * LEVEL)) - 1]
    return found


def intervals(guess: Figures, reach: Mapping[str, float]) -> dict[str, Interval]:
    """Return an interval for each figure whose error is known."""
    values = {name: value for name, value in guess.to_dict().items() if value is not None and name in reach}
    return {name: Interval(one, one - reach[name], one + reach[name], LEVEL) for name, one in values.items()}


def _off(guess: Figures, truth: Figures) -> dict[str, float]:
    pairs = {name: (value, truth.to_dict()[name]) for name, value in guess.to_dict().items()}
    return {name: a - b for name, (a, b) in pairs.items() if a is not None and b is not None}
