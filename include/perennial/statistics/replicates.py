"""From how often each block of rows is drawn to the metric of each replicate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perennial.statistics.bootstrap import Counts, Replicates
from perennial.statistics.explained import r2_of
from perennial.statistics.ranking import Floats, Labels, brier_terms

Codes = NDArray[np.intp]


def mean_of(values: Floats, codes: Codes, count: int) -> Replicates:
    """Return the replicates of a mean: sums and sizes of the blocks suffice."""
    return ratio_of(values, np.ones(len(values)), codes, count)


def ratio_of(above: Floats, below: Floats, codes: Codes, count: int) -> Replicates:
    """Return the replicates of a ratio of sums."""
    sums, sizes = np.bincount(codes, above, count), np.bincount(codes, below, count)

    def replicates(draws: Counts) -> Floats:
        found, whole = sums @ draws, sizes @ draws
        ratios: Floats = np.divide(found, whole, out=np.full(len(whole), np.nan), where=whole != 0)
        return ratios

    return replicates


def auc_of(y: Labels, p: Floats, codes: Codes, count: int) -> Replicates:
    """AUC of weighted blocks, from how often the positives of each outscore the negatives of each other."""
    positives, negatives = codes[y == 1], codes[y == 0]
    won = won_between(p[y == 1], positives, p[y == 0], negatives, count)
    return auc_from(won, np.bincount(positives, minlength=count), np.bincount(negatives, minlength=count))


def auc_from(won: Floats, positives: Counts, negatives: Counts) -> Replicates:
    """AUC of weighted blocks whose pairs are counted already: won of shape (blocks, blocks), the others (blocks,)."""

    def replicates(draws: Counts) -> Floats:
        wins = (draws * (won @ draws)).sum(axis=0)
        total = 2 * (positives @ draws) * (negatives @ draws)
        shares: Floats = np.divide(wins, total, out=np.full(len(wins), np.nan), where=total > 0)
        return shares

    return replicates


def won_between(high: Floats, high_codes: Codes, low: Floats, low_codes: Codes, count: int) -> Floats:
    """Twice the pairs that the positives of a block (row) win against the negatives of another (column), ties once.

    Sums of whole numbers below 2^53, so floats hold them exactly and their product is fast.
    """
    order = np.argsort(high, kind="stable")
    ranked, of = high[order], high_codes[order]
    low_order = np.argsort(low_codes, kind="stable")
    parts = np.split(low[low_order], np.cumsum(np.bincount(low_codes, minlength=count))[:-1])
    won = np.zeros((count, count))
    for column, part in enumerate(parts):
        against = np.sort(part)
        beaten = np.searchsorted(against, ranked, "left") + np.searchsorted(against, ranked, "right")
        won[:, column] = np.bincount(of, beaten, count)
    return won


def _brier(y: Labels, p: Floats, codes: Codes, count: int) -> Replicates:
    return mean_of(brier_terms(y, p), codes, count)


def linearised(above: Floats, below: Floats) -> Floats:
    """Return values whose mean is a ratio of sums and whose spread is its own (the delta method), (n,)."""
    whole = below.sum()
    if not whole:
        raise ValueError("undefined: it would be divided by 0")
    ratio = above.sum() / whole
    return np.asarray(ratio + (above - ratio * below) / below.mean(), dtype=np.float64)


def _r2_terms(y: Floats, p: Floats) -> Floats:
    return np.asarray(1 - linearised((y - p) ** 2, (y - y.mean()) ** 2), dtype=np.float64)


METRICS: dict[str, Callable[[Any, Floats, Codes, int], Replicates]] = {
    "auc": auc_of,
    "brier": _brier,
    "r2": r2_of,
}
TERMS: dict[str, Callable[[Any, Floats], Floats]] = {
    "brier": brier_terms,
    "r2": _r2_terms,
}
"""Metrics that are means of a quantity of each row, and that quantity, (n,)."""
