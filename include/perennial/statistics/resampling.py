"""Intervals of metrics whose resampling unit is a block of rows.

Rows of one day share weather, queues and staff: drawn singly they would look more informative than they are. So whole
blocks (days, say) are drawn with replacement (the cluster bootstrap; Davison and Hinkley 1997, chapter 3), and two
models are compared on the same draws of the same rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.statistics.bootstrap import Counts, Interval, Replicates, block_codes, bootstrap
from perennial.statistics.ranking import Floats, Labels, brier_terms, checked, log_loss_terms, pairs

__all__ = ["Interval", "MetricName", "difference", "interval", "mean_interval", "mean_of"]

MetricName = Literal["auc", "brier", "log_loss"]


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
    replicates = _METRICS[metric](*_inputs(metric, y, p, codes), codes, count)
    return bootstrap(replicates, count, len(codes), B=B, seed=seed, level=level)


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
    new = _METRICS[metric](*_inputs(metric, y, p_new, codes), codes, count)
    old = _METRICS[metric](*_inputs(metric, y, p_old, codes), codes, count)
    return bootstrap(lambda draws: new(draws) - old(draws), count, len(codes), B=B, seed=seed, level=level)


def mean_interval(
    values: ArrayLike,
    blocks: ArrayLike,
    *,
    B: int = 1000,  # noqa: N803
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Interval of the mean of any quantity of a row; values and blocks of shape (n,)."""
    codes, count = block_codes(blocks)
    quantity = np.asarray(values, dtype=np.float64)
    if quantity.shape != codes.shape or not np.isfinite(quantity).all():
        raise ValueError(f"expected {len(codes)} finite values, found other values or shape {quantity.shape}")
    return bootstrap(mean_of(quantity, codes, count), count, len(codes), B=B, seed=seed, level=level)


def mean_of(values: Floats, codes: NDArray[np.intp], count: int) -> Replicates:
    """Return the replicates of a mean: sums and sizes of the blocks suffice."""
    sums = np.bincount(codes, values, count)
    sizes = np.bincount(codes, minlength=count)
    return lambda draws: np.asarray((sums @ draws) / (sizes @ draws), dtype=np.float64)


def _auc(y: Labels, p: Floats, codes: NDArray[np.intp], _count: int) -> Replicates:
    """AUC of weighted rows: sorted once, then one running sum of the negatives' weights per replicate."""
    below, upto = pairs(y, p)
    positive, negative = codes[y == 1], codes[y == 0][np.argsort(p[y == 0], kind="stable")]

    def replicates(draws: Counts) -> Floats:
        running = np.zeros((len(negative) + 1, draws.shape[1]), dtype=np.int64)
        np.cumsum(draws[negative], axis=0, out=running[1:])
        weights = draws[positive]
        won = ((running[below] + running[upto]) * weights).sum(axis=0)
        total = 2 * weights.sum(axis=0) * running[-1]
        shares: Floats = np.divide(won, total, out=np.full(len(won), np.nan), where=total > 0)
        return shares

    return replicates


def _brier(y: Labels, p: Floats, codes: NDArray[np.intp], count: int) -> Replicates:
    return mean_of(brier_terms(y, p), codes, count)


def _log_loss(y: Labels, p: Floats, codes: NDArray[np.intp], count: int) -> Replicates:
    return mean_of(log_loss_terms(y, p), codes, count)


_METRICS: dict[MetricName, Callable[[Labels, Floats, NDArray[np.intp], int], Replicates]] = {
    "auc": _auc,
    "brier": _brier,
    "log_loss": _log_loss,
}


def _inputs(metric: MetricName, y: ArrayLike, p: ArrayLike, codes: NDArray[np.intp]) -> tuple[Labels, Floats]:
    labels, scores = checked(y, p, probabilities=metric != "auc")
    if labels.shape != codes.shape:
        raise ValueError(f"expected a block for each of {len(labels)} rows, found {len(codes)}")
    return labels, scores
