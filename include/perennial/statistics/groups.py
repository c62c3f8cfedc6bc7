"""A ratio of sums for each of many groups, and which of them differ from a reference beyond chance and their number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perennial.statistics.ranking import Floats

Codes = NDArray[np.intp]
SIGNIFICANT = 0.05
"""Adjusted p-value below which a difference is taken for more than chance."""


@dataclass(frozen=True)
class Ratio:
    """A group's ratio with its standard error; NaN where it is n/0 or stands in a single block."""

    rows: int
    value: float
    error: float
    freedom: int
    """blocks of the group minus 1"""


def ratios(above: Floats, below: Floats, groups: Codes, blocks: Codes, count: int) -> list[Ratio]:
    """Return sum(above) / sum(below) of each group 0..count-1; all of shape (n,).

    The error is that of the linearised ratio, summed by block first (the cluster-robust variance of Liang and Zeger
    1986), so rows of one block may depend on each other.
    """
    order = np.argsort(groups, kind="stable")
    ends = np.cumsum(np.bincount(groups, minlength=count))[:-1]
    parts = (np.split(values[order], ends) for values in (above, below, blocks))
    return [_ratio(*part) for part in zip(*parts, strict=True)]


def _ratio(above: Floats, below: Floats, blocks: Codes) -> Ratio:
    whole = float(below.sum())
    count = len(np.unique(blocks))
    if not whole or count <= 1:
        return Ratio(len(above), math.nan, math.nan, max(0, count - 1))
    value = float(above.sum()) / whole
    _, dense = np.unique(blocks, return_inverse=True)
    sums = np.bincount(dense, above - value * below)
    error = math.sqrt(count / (count - 1) * float((sums**2).sum())) / whole
    return Ratio(len(above), value, error, count - 1)


def p_value(ratio: Ratio, reference: float = 0.0) -> float:
    """Return the two-sided p-value of Student's test that the ratio is the reference."""
    from scipy.special import stdtr

    distance = abs(ratio.value - reference)
    if not ratio.error:
        return 1.0 if not distance else 0.0
    return float(2 * stdtr(ratio.freedom, -distance / ratio.error))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number, in their order (Holm 1979): no wrong finding, with the usual risk."""
    adjusted, largest = [0.0] * len(p_values), 0.0
    for place, number in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[number]))
        adjusted[number] = largest
    return adjusted


def falls_behind(value: float, p: float, margin: float) -> bool:
    """Tell whether a difference is below the margin (which is at most 0) and beyond chance; `p` is adjusted."""
    return value < min(margin, 0.0) and p < SIGNIFICANT


def reach(ratio: Ratio, intervals: int, level: float = 0.95) -> float:
    """Return half the width of an interval that holds together with so many others (Dunn 1961, after Bonferroni)."""
    from scipy.special import stdtrit

    return float(stdtrit(ratio.freedom, 1 - (1 - level) / (2 * intervals))) * ratio.error
