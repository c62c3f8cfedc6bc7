"""How well scores rank and price outcomes: AUC, Brier score, log loss.

All take `y` (labels 0 or 1) and `p` (scores), both of shape (n,). What cannot be computed raises ValueError: a missing
or infinite value, a label other than 0 and 1, no rows, and for AUC a single class. A comparison with NaN is silently
false, so a limit checked against one would pass; hence none is ever returned.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


def auc(y: ArrayLike, p: ArrayLike) -> float:
    """Area under the ROC curve: the chance that a random positive outscores a random negative, ties counting half.

    Computed from ranks (Mann and Whitney 1947; Hanley and McNeil 1982). `p` may be any finite score.
    """
    labels, scores = checked(y, p)
    below, upto = pairs(labels, scores)
    positives = len(below)
    negatives = len(labels) - positives
    if positives == 0 or negatives == 0:
        raise ValueError(f"AUC needs both classes, found {positives} positives and {negatives} negatives")
    return float((below.sum() + upto.sum()) / (2 * positives * negatives))


def checked(y: ArrayLike, p: ArrayLike, *, probabilities: bool = False) -> tuple[Labels, Floats]:
    """Return labels as int64 and scores as float64, both (n,); raises ValueError for what no score is defined on."""
    given, scores = np.asarray(y), np.asarray(p, dtype=np.float64)
    if given.ndim != 1 or given.shape != scores.shape or not len(given):
        raise ValueError(f"expected two vectors of one length, found shapes {given.shape} and {scores.shape}")
    if not np.isfinite(scores).all():
        raise ValueError(f"expected finite scores, found {int((~np.isfinite(scores)).sum())} that are not")
    if not np.isin(given, (0, 1)).all():
        raise ValueError("expected labels 0 and 1, found other or missing values")
    if probabilities and (scores.min() < 0 or scores.max() > 1):
        raise ValueError(f"expected probabilities, found scores from {scores.min():g} to {scores.max():g}")
    return given.astype(np.int64), scores


def pairs(y: Labels, p: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Count for each positive, in input order, the negatives that score lower, and those that score no higher."""
    negatives = np.sort(p[y == 0])
    positives = p[y == 1]
    return np.searchsorted(negatives, positives, "left"), np.searchsorted(negatives, positives, "right")


def brier_terms(y: Labels, p: Floats) -> Floats:
    """Squared difference of each row, (n,)."""
    return (p - y) ** 2
