"""Whether probabilities can be taken at their word."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from perennial.statistics.ranking import checked
from perennial.statistics.resampling import Interval, mean_interval


def calibration_in_the_large(
    y: ArrayLike,
    p: ArrayLike,
    blocks: ArrayLike,
    *,
    B: int = 1000,  # noqa: N803
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Mean prediction minus observed share, with its block-bootstrap interval; y, p, blocks of shape (n,).

    Above 0 the model promises too much (Steyerberg et al. 2010). Raises ValueError as `brier` does.
    """
    labels, scores = checked(y, p, probabilities=True)
    return mean_interval(scores - labels, blocks, B=B, seed=seed, level=level)


def expected_calibration_error(y: ArrayLike, p: ArrayLike, bins: int = 10) -> float:
    """Mean absolute difference of prediction and share over bins of equal mass, weighted by rows; in [0, 1].

    After Naeini et al. (2015), with quantile bins (Nixon et al. 2019). Tied scores share a bin, so the order of rows
    does not matter. It is biased upwards in small samples: compare it between models on the same rows only.
    """
    labels, scores = checked(y, p, probabilities=True)
    order = np.sort(scores)
    middle = (np.searchsorted(order, scores, "left") + np.searchsorted(order, scores, "right")) / 2
    bin_of = np.minimum((middle * bins / len(scores)).astype(np.int64), bins - 1)
    return float(np.abs(np.bincount(bin_of, scores - labels, bins)).sum() / len(scores))
