"""Intervals of metrics whose resampling unit is a block of rows.

Rows of one day share weather, queues and staff: drawn singly they would look more informative than they are. So whole
blocks (days, say) are drawn with replacement (the cluster bootstrap; Davison and Hinkley 1997, chapter 3), and two
models are compared on the same draws of the same rows. Where every row is a block of its own nothing is drawn: AUC has
DeLong's interval and a mean the one of the central limit, which a bootstrap of single rows would only approach, slowly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.statistics.bootstrap import Counts, Interval, Replicates, block_codes, bootstrap
from perennial.statistics.delong import auc_difference, auc_interval
from perennial.statistics.explained import paired, r2_of
from perennial.statistics.ranking import Floats, Labels, brier_terms, checked, log_loss_terms

__all__ = ["Interval", "MetricName", "difference", "interval", "mean_interval", "mean_of"]

MetricName = Literal["auc", "brier", "log_loss", "r2"]


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
    if count == len(codes) and metric in _OF_ROWS:
        return _of_rows(metric, *_inputs(metric, y, p, codes), level)
    replicates = _METRICS[metric](*_inputs(metric, y, p, codes), codes, count)
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
    if count == len(codes) and metric in _OF_ROWS:
        return _difference_of_rows(metric, *given, other[1], level)
    new, old = _METRICS[metric](*given, codes, count), _METRICS[metric](*other, codes, count)
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
    codes, count = block_codes(blocks)
    quantity = np.asarray(values, dtype=np.float64)
    if quantity.shape != codes.shape or not np.isfinite(quantity).all():
        raise ValueError(f"expected {len(codes)} finite values, found other values or shape {quantity.shape}")
    if count == len(codes):
        return central_limit(quantity, level)
    return bootstrap(mean_of(quantity, codes, count), count, B=B, seed=seed, level=level)


def central_limit(values: Floats, level: float = 0.95) -> Interval:
    """Student's interval of the mean of independent values, (n,); two rows at least."""
    from scipy.special import stdtrit

    mean, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values))
    reach = float(stdtrit(len(values) - 1, (1 + level) / 2)) * error
    return Interval(mean, mean - reach, mean + reach, level)


def mean_of(values: Floats, codes: NDArray[np.intp], count: int) -> Replicates:
    """Return the replicates of a mean: sums and sizes of the blocks suffice."""
    sums = np.bincount(codes, values, count)
    sizes = np.bincount(codes, minlength=count)
    return lambda draws: np.asarray((sums @ draws) / (sizes @ draws), dtype=np.float64)


def _auc(y: Labels, p: Floats, codes: NDArray[np.intp], count: int) -> Replicates:
    """AUC of weighted blocks, from how often the positives of each outscore the negatives of each other."""
    positives, negatives = codes[y == 1], codes[y == 0]
    won = _won(p[y == 1], positives, p[y == 0], negatives, count)
    sizes = [np.bincount(one, minlength=count) for one in (positives, negatives)]

    def replicates(draws: Counts) -> Floats:
        wins = (draws * (won @ draws)).sum(axis=0)
        total = 2 * (sizes[0] @ draws) * (sizes[1] @ draws)
        shares: Floats = np.divide(wins, total, out=np.full(len(wins), np.nan), where=total > 0)
        return shares

    return replicates


def _won(
    high: Floats, high_codes: NDArray[np.intp], low: Floats, low_codes: NDArray[np.intp], count: int
) -> NDArray[np.float64]:
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


def _of_rows(metric: MetricName, y: Labels, p: Floats, level: float) -> Interval:
    return auc_interval(y, p, level) if metric == "auc" else central_limit(_TERMS[metric](y, p), level)


def _difference_of_rows(metric: MetricName, y: Labels, p_new: Floats, p_old: Floats, level: float) -> Interval:
    if metric == "auc":
        return auc_difference(y, p_new, p_old, level)
    return central_limit(_TERMS[metric](y, p_new) - _TERMS[metric](y, p_old), level)


def _brier(y: Labels, p: Floats, codes: NDArray[np.intp], count: int) -> Replicates:
    return mean_of(brier_terms(y, p), codes, count)


def _log_loss(y: Labels, p: Floats, codes: NDArray[np.intp], count: int) -> Replicates:
    return mean_of(log_loss_terms(y, p), codes, count)


_TERMS: dict[str, Callable[[Labels, Floats], Floats]] = {"brier": brier_terms, "log_loss": log_loss_terms}
_OF_ROWS = frozenset({"auc", *_TERMS})
"""Metrics whose interval needs no draws where rows are independent."""
_METRICS: dict[MetricName, Callable[[Any, Floats, NDArray[np.intp], int], Replicates]] = {
    "r2": r2_of,
    "auc": _auc,
    "brier": _brier,
    "log_loss": _log_loss,
}


def _inputs(metric: MetricName, y: ArrayLike, p: ArrayLike, codes: NDArray[np.intp]) -> tuple[Any, Floats]:
    labels, scores = paired(y, p) if metric == "r2" else checked(y, p, probabilities=metric != "auc")
    if labels.shape != codes.shape:
        raise ValueError(f"expected a block for each of {len(labels)} rows, found {len(codes)}")
    return labels, scores
