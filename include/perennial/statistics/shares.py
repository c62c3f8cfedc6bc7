"""A share of rows with its interval."""

from __future__ import annotations

from perennial.statistics.bootstrap import Interval


def share(hits: int, rows: int, *, level: float = 0.95) -> Interval:
    """Return hits/rows with Wilson's score interval (1927), which holds near 0 and 1 too; ValueError without rows."""
    from scipy.stats import binomtest

    if not rows:
        raise ValueError("expected at least one row")
    found = binomtest(int(hits), rows).proportion_ci(level, method="wilson")
    return Interval(hits / rows, float(found.low), float(found.high), level)
