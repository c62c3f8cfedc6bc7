"""Whether probabilities can be taken at their word."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from perennial.statistics.bootstrap import Interval, block_codes, tail
from perennial.statistics.ranking import Floats, checked
from perennial.statistics.replicates import Codes
from perennial.statistics.resampling import mean_interval, ratio_interval

BINS = 10


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

    Above 0 the model promises too much (Steyerberg et al. 2010). Raises ValueError for what is no probability.
    """
    labels, scores = checked(y, p, probabilities=True)
    return mean_interval(scores - labels, blocks, B=B, seed=seed, level=level)


def calibration_error_interval(
    y: ArrayLike,
    p: ArrayLike,
    blocks: ArrayLike,
    *,
    bins: int = BINS,
    B: int = 1000,  # noqa: N803
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Return the expected calibration error with ends that allow for its bias; y, p, blocks of shape (n,).

    The error is the mean absolute difference of prediction and share over bins of equal mass, weighted by rows (Naeini
    et al. 2015; Nixon et al. 2019), in [0, 1]. Tied scores share a bin, so the order of rows does not matter.

    Noise makes each bin's difference larger, the estimate is biased upwards, and its bootstrap by as much again. So the
    bias seen between the two is taken off the upper end, and off the lower end the one of a model without error too,
    which is the largest there can be. Simulated, each end holds in 96 % of cases or more. Bins count as fixed.
    """
    labels, scores = checked(y, p, probabilities=True)
    codes, count = block_codes(blocks)
    bin_of, residuals = _bins(scores, bins), scores - labels
    if count == len(codes):
        (sums, drawn), cut = _drawn_rows(residuals, bin_of, bins, B, seed), (1 - level) / 2
    else:
        places = codes * bins + bin_of
        by_block = np.bincount(places, residuals, count * bins).astype(np.float64).reshape(count, bins)
        (sums, drawn), cut = _drawn_blocks(by_block, np.bincount(codes), B, seed), tail(count, level)
    value, errors = float(np.abs(sums).sum()), np.abs(drawn).sum(axis=1)
    bias, most = max(0.0, float(errors.mean()) - value), float(np.abs(drawn - sums).sum(axis=1).mean())
    low, high = np.quantile(errors, [cut, 1 - cut])
    return Interval(value, min(value, max(0.0, float(low) - bias - most)), max(value, float(high) - bias), level)


def _drawn_rows(residuals: Floats, bin_of: Codes, bins: int, B: int, seed: int) -> tuple[Floats, Floats]:  # noqa: N803
    """Return each bin's share of the mean residual, (bins,), and normal draws of it, (B, bins): rows are many."""
    rows = len(residuals)
    sums, squares = (np.bincount(bin_of, values, bins) for values in (residuals, residuals**2))
    spread = np.sqrt(np.maximum(0.0, squares - sums**2 / rows))
    noise = np.random.default_rng(seed).normal(size=(B, bins)) * spread
    return sums / rows, (sums + noise) / rows


def _drawn_blocks(by_block: Floats, sizes: Codes, B: int, seed: int) -> tuple[Floats, Floats]:  # noqa: N803
    """Return the same where whole blocks are drawn; sums of residuals (blocks, bins) and rows (blocks,)."""
    count = len(sizes)
    draws = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=B)
    return by_block.sum(axis=0) / sizes.sum(), (draws @ by_block) / (draws @ sizes)[:, None]


def _bins(scores: Floats, bins: int) -> Codes:
    """Return the bin of each row, (n,)."""
    order = np.sort(scores)
    middle = (np.searchsorted(order, scores, "left") + np.searchsorted(order, scores, "right")) / 2
    return np.minimum((middle * bins / len(scores)).astype(np.intp), bins - 1)


def brier_skill(
    y: ArrayLike,
    p: ArrayLike,
    blocks: ArrayLike,
    *,
    B: int = 1000,  # noqa: N803
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """1 - Brier score / Brier score of saying the base rate of these rows to everybody (Murphy 1973); 1 is best.

    Raises ValueError where one class alone is there.
    """
    labels, scores = checked(y, p, probabilities=True)
    reference = (labels - labels.mean()) ** 2
    return ratio_interval(reference - (labels - scores) ** 2, reference, blocks, B=B, seed=seed, level=level)
