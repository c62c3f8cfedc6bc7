"""How much of a number's spread a model explains: R squared, what AUC is for a class.

Takes `y` (what happened) and `p` (predictions), both of shape (n,) and finite. What cannot be computed raises
ValueError: no rows, two shapes, missing values, outcomes that are all equal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.statistics.bootstrap import Counts, Replicates
from perennial.statistics.ranking import Floats


def r2(y: ArrayLike, p: ArrayLike) -> float:
    """1 minus squared errors over squared distances from the mean; 1 is best, 0 is the mean itself, below is worse."""
    outcomes, predictions = paired(y, p)
    spread = float(((outcomes - outcomes.mean()) ** 2).sum())
    if not spread:
        raise ValueError(f"R squared needs outcomes that differ, found {len(outcomes)} equal ones")
    return 1 - float(((outcomes - predictions) ** 2).sum()) / spread


def paired(y: ArrayLike, p: ArrayLike) -> tuple[Floats, Floats]:
    """Return both as float64, (n,); raises ValueError for what no figure is defined on."""
    outcomes, predictions = np.asarray(y, dtype=np.float64), np.asarray(p, dtype=np.float64)
    if outcomes.ndim != 1 or outcomes.shape != predictions.shape or not len(outcomes):
        raise ValueError(f"expected two vectors of one length, found shapes {outcomes.shape} and {predictions.shape}")
    if not (np.isfinite(outcomes).all() and np.isfinite(predictions).all()):
        raise ValueError("expected finite outcomes and predictions, found others")
    return outcomes, predictions


def r2_of(y: Floats, p: Floats, codes: NDArray[np.intp], count: int) -> Replicates:
    """Return the replicates of R squared: four sums a block suffice."""
    # The spread does not depend on the origin, and small numbers lose fewer digits.
    centred = y - y.mean()
    errors, squares, sums = (np.bincount(codes, values, count) for values in ((y - p) ** 2, centred**2, centred))
    sizes = np.bincount(codes, minlength=count)

    def replicates(draws: Counts) -> Floats:
        spread = squares @ draws - (sums @ draws) ** 2 / (sizes @ draws)
        shares: Floats = 1 - np.divide(errors @ draws, spread, out=np.full(len(spread), np.nan), where=spread > 0)
        return shares

    return replicates
