"""The AUC's interval where rows are independent: DeLong, DeLong and Clarke-Pearson (1988).

An AUC is a mean over positives of the share of negatives each outscores, and the same over negatives; its variance is
the sum of the variances of both means. Sorting finds the shares in O(n log n) (Sun and Xu 2014), and two models are
compared by the differences of their shares, row by row.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.statistics.bootstrap import Interval
from perennial.statistics.ranking import Floats, Labels, checked, pairs


def auc_interval(y: ArrayLike, p: ArrayLike, level: float = 0.95) -> Interval:
    """AUC with its interval on the logit scale, so that it stays inside [0, 1] (Pepe 2003, section 5.2); (n,) each.

    Where every positive outscores every negative the variance is zero and so is the width. Raises ValueError as `auc`
    does, and for fewer than two rows of a class.
    """
    found, error = _estimate(*_shares(*checked(y, p)))
    if not 0 < found < 1:
        return Interval(found, found, found, level)
    reach = _quantile(level) * error / (found * (1 - found))
    centre = math.log(found / (1 - found))
    return Interval(found, _expit(centre - reach), _expit(centre + reach), level)


def auc_difference(y: ArrayLike, p_new: ArrayLike, p_old: ArrayLike, level: float = 0.95) -> Interval:
    """AUC(new) - AUC(old) with its interval, paired by row; errors as for `auc_interval`."""
    new, old = _shares(*checked(y, p_new)), _shares(*checked(y, p_old))
    found, error = _estimate(new[0] - old[0], new[1] - old[1])
    reach = _quantile(level) * error
    return Interval(found, found - reach, found + reach, level)


def _shares(y: Labels, p: Floats) -> tuple[Floats, Floats]:
    """Share of negatives each positive outscores, and of positives that outscore each negative; ties count half."""
    positives, negatives = int(y.sum()), int((1 - y).sum())
    if min(positives, negatives) <= 1:
        raise ValueError(f"AUC needs both classes twice, found {positives} positives and {negatives} negatives")
    below, upto = pairs(y, p)
    lower, no_higher = pairs(1 - y, p)
    return (below + upto) / (2 * negatives), 1 - (lower + no_higher) / (2 * positives)


def _estimate(of_positives: NDArray[np.float64], of_negatives: NDArray[np.float64]) -> tuple[float, float]:
    """Mean and standard error."""
    variance = sum(float(shares.var(ddof=1)) / len(shares) for shares in (of_positives, of_negatives))
    return float(of_positives.mean()), math.sqrt(variance)


def _quantile(level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + level) / 2))


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x))
