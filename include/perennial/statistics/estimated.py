"""What a model's performance should be by its own probabilities, before labels come.

Confidence-based estimation: a row of probability p is positive with probability p, so every figure that counts rows has
an expected value without a label (Guillory et al. 2021; Bialek et al. 2024, "Estimating model performance under
covariate shift without labels", call it CBPE). It rests on the probabilities, and plain ones are blind to a change of
how features and labels belong together; so they are first put through isotonic regression (Zadrozny and Elkan 2002) on
the newest labels there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Days = NDArray[np.int64]
Calibrator = Callable[[Floats], Floats]
"""From scores to probabilities, (n,)."""


@dataclass(frozen=True)
class Rows:
    """Scored rows, sorted by day; all of shape (n,)."""

    day: Days
    """ordinal number of the day"""
    score: Floats
    y: Floats
    """1, 0, or NaN where the label is not known"""
    decision: Floats
    """1, 0, or NaN where none was made"""

    def between(self, first: int, last: int) -> Rows:
        """Return the rows of a closed range of days."""
        low, high = np.searchsorted(self.day, [first, last + 1])
        return Rows(self.day[low:high], self.score[low:high], self.y[low:high], self.decision[low:high])

    def labelled(self) -> Rows:
        """Return the rows whose label is known."""
        known = ~np.isnan(self.y)
        return Rows(self.day[known], self.score[known], self.y[known], self.decision[known])


@dataclass(frozen=True)
class Figures:
    """What is estimated; realised where the probabilities were the labels themselves. None where it is undefined."""

    auc: float | None
    rate: float
    """share of label 1"""
    cost: float | None
    """of a decision, in the spec's unit"""

    def to_dict(self) -> dict[str, float | None]:
        """Return plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Prices:
    """What the two kinds of mistake cost."""

    false_positive: float
    false_negative: float


def figures(score: Floats, p: Floats, decision: Floats, prices: Prices) -> Figures:
    """Return the expected figures of rows of probability p, or those that came true where p is the labels; all (n,)."""
    decided = ~np.isnan(decision)
    yes, chance = decision[decided], p[decided]
    paid = prices.false_positive * yes * (1 - chance) + prices.false_negative * (1 - yes) * chance
    return Figures(_auc(score, p), float(p.mean()), float(paid.mean()) if decided.any() else None)


def _auc(score: Floats, p: Floats) -> float | None:
    """Return expected pairs won over expected pairs; a row makes no pair with itself."""
    places = np.unique(score, return_inverse=True)[1]
    positives, negatives = np.bincount(places, p), np.bincount(places, 1 - p)
    below, itself = np.cumsum(negatives) - negatives, float((p * (1 - p)).sum())
    won = float((positives * (below + negatives / 2)).sum()) - itself / 2
    pairs = float(positives.sum() * negatives.sum()) - itself
    return won / pairs if pairs > 0 else None


def calibrator(score: Floats, y: Floats) -> Calibrator | None:
    """Return the isotonic regression of labels on scores, (n,); None where one class alone is there."""
    from sklearn.isotonic import IsotonicRegression

    if len(np.unique(y)) <= 1:
        return None
    fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(score, y)
    return lambda asked: np.asarray(fitted.predict(asked), dtype=np.float64)
