"""The points of the plots: ROC curve and reliability by bins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

POINTS = 120
"""Points of a curve that are drawn: more cannot be told apart on paper."""
BINS = 10


@dataclass(frozen=True)
class Bin:
    """Rows of similar score: mean score against observed share."""

    rows: int
    predicted: float
    observed: float


def roc_points(y: Labels, p: Floats) -> list[tuple[float, float]]:
    """Return (false positive rate, true positive rate), from (0, 0) to (1, 1); empty where a class is missing."""
    from sklearn.metrics import roc_curve

    if not 0 < y.sum() < len(y):
        return []
    false_positive, true_positive, _ = roc_curve(y, p)
    kept = np.unique(np.linspace(0, len(false_positive) - 1, POINTS).astype(np.intp))
    return [(float(x), float(t)) for x, t in zip(false_positive[kept], true_positive[kept], strict=True)]


def reliability(y: Labels, p: Floats, bins: int = BINS) -> list[Bin]:
    """Return bins of about equal mass, by rising score."""
    order = np.argsort(p, kind="stable")
    parts = (part for part in np.array_split(order, bins) if len(part))
    return [Bin(len(part), float(p[part].mean()), float(y[part].mean())) for part in parts]
