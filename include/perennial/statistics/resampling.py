"""Intervals of metrics whose resampling unit is a block of rows.

Rows of one day share weather, queues and staff: drawn singly they would look more informative than they are. So whole
blocks (days, say) are drawn with replacement (the cluster bootstrap; Davison and Hinkley 1997, chapter 3), and two
models are compared on the same draws of the same rows. Where every row is a block of its own nothing is drawn: AUC has
DeLong's interval and a mean the one of the central limit, which a bootstrap of single rows would only approach, slowly.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.statistics.bootstrap import Interval, block_codes, bootstrap
from perennial.statistics.delong import auc_difference, auc_interval
from perennial.statistics.explained import paired
from perennial.statistics.ranking import Floats, Labels, checked
from perennial.statistics.replicates import METRICS, TERMS, linearised, ratio_of

__all__ = ["Interval", "MetricName", "difference", "interval", "mean_interval", "ratio_interval"]

MetricName = Literal["auc", "brier", "r2"]


def interval(
    metric: MetricName,
    y: ArrayLike,
    p: ArrayLike,
    blocks: ArrayLike,
    *,
    B: int = 1000,  # noqa: N803 - the field's own name for the number of replicates
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Interval of a metric; y, p, blocks of shape (n,).

    Raises ValueError where the metric itself would, for fewer than two blocks, and when more than a tenth of the
    replicates are undefined (one class only).
    """
    codes, count = block_codes(blocks)
    if count == len(codes):
        return _of_rows(metric, *_inputs(metric, y, p, codes), level)
    replicates = METRICS[metric](*_inputs(metric, y, p, codes), codes, count)
    return bootstrap(replicates, count, B=B, seed=seed, level=level)


def difference(
    metric: MetricName,
    y: ArrayLike,
    p_new: ArrayLike,
    p_old: ArrayLike,
    blocks: ArrayLike,
    *,
    B: int = 1000,  # noqa: N803
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Interval of metric(new) - metric(old), paired: both on the same rows and draws. Arguments as for `interval`."""
    codes, count = block_codes(blocks)
    given, other = _inputs(metric, y, p_new, codes), _inputs(metric, y, p_old, codes)
    if count == len(codes):
        return _difference_of_rows(metric, *given, other[1], level)
    new, old = METRICS[metric](*given, codes, count), METRICS[metric](*other, codes, count)
    return bootstrap(lambda draws: new(draws) - old(draws), count, B=B, seed=seed, level=level)


def mean_interval(
    values: ArrayLike,
    blocks: ArrayLike,
    *,
    B: int = 1000,  # noqa: N803
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Interval of the mean of any quantity of a row; values and blocks of shape (n,)."""
    return ratio_interval(values, np.ones(len(np.asarray(values))), blocks, B=B, seed=seed, level=level)


def ratio_interval(
    above: ArrayLike,
    below: ArrayLike,
    blocks: ArrayLike,
    *,
    B: int = 1000,  # noqa: N803
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Interval of sum(above) / sum(below), two quantities of a row; all of shape (n,); ValueError where it is n/0."""
    codes, count = block_codes(blocks)
    counted, whole = (np.asarray(one, dtype=np.float64) for one in (above, below))
    for quantity in (counted, whole):
        if quantity.shape != codes.shape or not np.isfinite(quantity).all():
            raise ValueError(f"expected {len(codes)} finite values, found other values or shape {quantity.shape}")
    if count == len(codes):
        return central_limit(linearised(counted, whole), level)
    return bootstrap(ratio_of(counted, whole, codes, count), count, B=B, seed=seed, level=level)


def central_limit(values: Floats, level: float = 0.95) -> Interval:
    """Student's interval of the mean of independent values, (n,); two rows at least."""
    from scipy.special import stdtrit

    mean, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values))
    reach = float(stdtrit(len(values) - 1, (1 + level) / 2)) * error
    return Interval(mean, mean - reach, mean + reach, level)


def _of_rows(metric: MetricName, y: Labels, p: Floats, level: float) -> Interval:
    return auc_interval(y, p, level) if metric == "auc" else central_limit(TERMS[metric](y, p), level)


def _difference_of_rows(metric: MetricName, y: Labels, p_new: Floats, p_old: Floats, level: float) -> Interval:
    if metric == "auc":
        return auc_difference(y, p_new, p_old, level)
    return central_limit(TERMS[metric](y, p_new) - TERMS[metric](y, p_old), level)


def _inputs(metric: MetricName, y: ArrayLike, p: ArrayLike, codes: NDArray[np.intp]) -> tuple[Any, Floats]:
    labels, scores = paired(y, p) if metric == "r2" else checked(y, p, probabilities=metric != "auc")
    if labels.shape != codes.shape:
        raise ValueError(f"expected a block for each of {len(labels)} rows, found {len(codes)}")
    return labels, scores
