"""Shares of rows, and means over rows, with their intervals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perennial.statistics.bootstrap import Interval


def share(hits: int, rows: int, *, level: float = 0.95) -> Interval:
    """Return hits/rows with Wilson's score interval (1927), which holds near 0 and 1 too; ValueError without rows."""
    from scipy.stats import binomtest

    if not rows:
        raise ValueError("expected at least one row")
    found = binomtest(int(hits), rows).proportion_ci(level, method="wilson")
    return Interval(hits / rows, float(found.low), float(found.high), level)


def mean(values: NDArray[np.float64], *, level: float = 0.95) -> Interval:
    """Return the mean of independent values, (n,), with Student's interval; ValueError with fewer than two."""
    from scipy.stats import t

    if len(values) < 2:  # noqa: PLR2004 - one value has no spread
        raise ValueError("expected at least two values")
    middle = float(values.mean())
    half = float(t.ppf(0.5 + level / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return Interval(middle, middle - half, middle + half, level)
