"""From where on a distance is drift: thresholds under which a monitor gives false alarms at a chosen rate.

One number, alpha, sets all thresholds: a column's is the quantile of its distances without drift at 1 - alpha * w / m,
with m columns and weights w of mean 1 (weighted p-values: Genovese, Roeder and Wasserman 2006). Alpha is sought so that
the rule as a whole (k of n windows and the latest, critical columns at once, any column) gives as many alarms in the
simulated years as are allowed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perennial.statistics.years import YEAR

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

WIDEST, STEPS = 0.5, 40
"""The largest alpha that is tried, and how many are tried on the way to it."""
HALVINGS = 20


@dataclass(frozen=True)
class Rule:
    """When a column counts: beyond its threshold in the latest window and in at least k of the last n."""

    k: int
    n: int
    critical: Flags
    """columns that count at once, (columns,)"""


@dataclass(frozen=True)
class Calibration:
    """Thresholds, (columns,), and what they give in the simulated years."""

    thresholds: Floats
    alpha: float
    rate: float
    """false alarms a year"""


def calibrate(null: Floats, weights: Floats, least: Floats, *, rule: Rule, allowed: float, every: int) -> Calibration:
    """Find thresholds with `allowed` false alarms a year, from distances without drift, (years, windows, columns).

    No threshold is smaller than `least`, (columns,): what columns that hardly vary do not use up, others may.
    """
    ordered = -np.sort(-null.reshape(-1, null.shape[-1]), axis=0)
    levels = weights / weights.mean() / len(weights)

    def thresholds(alpha: float) -> Floats:
        return np.maximum(_quantiles(ordered, alpha * levels), least)

    def rate(alpha: float) -> float:
        return false_alarms(null, thresholds(alpha), rule, every)

    alpha = _largest(rate, allowed, smallest=1 / len(ordered))
    return Calibration(thresholds(alpha), alpha, rate(alpha))


def false_alarms(distances: Floats, thresholds: Floats, rule: Rule, every: int) -> float:
    """Count alarms a year in distances without drift, (years, windows, columns); the first n windows are the lead."""
    state = np.asarray(counted(distances > thresholds, rule).any(axis=-1))
    began = np.asarray(state[:, rule.n :] & ~state[:, rule.n - 1 : -1])
    return float(began.mean() * YEAR / every)


def counted(beyond: Flags, rule: Rule) -> Flags:
    """Which columns count in each window, (..., windows, columns), given which are beyond their threshold."""
    before = [(0, 0)] * (beyond.ndim - 2) + [(rule.n - 1, 0), (0, 0)]
    padded = np.pad(beyond, before)
    seen = np.lib.stride_tricks.sliding_window_view(padded, rule.n, axis=-2).sum(axis=-1)
    return np.asarray(beyond & ((seen >= rule.k) | rule.critical))


def _quantiles(ordered: Floats, levels: Floats) -> Floats:
    """Return for each column the distance that a share `level` of those without drift exceeds."""
    places = np.minimum((levels * len(ordered)).astype(np.int64), len(ordered) - 1)
    return np.asarray(ordered[places, np.arange(len(levels))])


def _largest(rate: Callable[[float], float], allowed: float, smallest: float) -> float:
    """Return the largest alpha whose rate, and that of all smaller ones, is allowed.

    More distances beyond make more alarms only until windows alarm all the time and few alarms begin: so the first
    crossing is looked for from below.
    """
    low = 0.0
    for high in np.geomspace(smallest, WIDEST, STEPS):
        if rate(high) > allowed:
            break
        low = float(high)
    else:
        return low
    for _ in range(HALVINGS):
        middle = (low + float(high)) / 2
        low, high = (middle, high) if rate(middle) <= allowed else (low, middle)
    return low
