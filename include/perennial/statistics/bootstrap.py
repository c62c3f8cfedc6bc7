"""The cluster bootstrap: whole blocks of rows are drawn with replacement, and an interval is read from the replicates.

Percentile intervals of few blocks are too narrow: simulated with 14 days, they cover 90 % instead of 95. So the
percentiles are widened as Hesterberg (2015, "What Teachers Should Know About the Bootstrap") describes: for K blocks,
alpha/2 becomes Phi(-sqrt(K / (K - 1)) * t(1 - alpha/2; K - 1)). For many blocks nothing changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.statistics.ranking import Floats

Counts = NDArray[np.int64]
Replicates = Callable[[Counts], Floats]
"""From the draws of each block, (blocks, b), to the metric of each replicate, (b,); NaN where it is undefined."""

SLICE = 2_000_000
"""Blocks times replicates that are held at once: about 100 MB."""
DEFINED = 0.9
"""Share of replicates that must be defined; a replicate of one class has no AUC."""


@dataclass(frozen=True)
class Interval:
    """A value with the ends of its confidence interval."""

    value: float
    low: float
    high: float
    level: float = 0.95

    def to_dict(self) -> dict[str, float]:
        """Return what a report or a ledger event keeps of it."""
        return asdict(self)


def bootstrap(
    replicates: Replicates,
    blocks: int,
    *,
    B: int = 1000,  # noqa: N803 - the field's own name for the number of replicates
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Interval of anything that is a function of how often each of `blocks` blocks is drawn; deterministic by seed."""
    value = float(replicates(np.ones((blocks, 1), dtype=np.int64))[0])
    size = max(1, SLICE // blocks)
    drawn = np.concatenate([replicates(draws) for draws in _draws(blocks, B, size, seed)])
    defined = drawn[~np.isnan(drawn)]
    if math.isnan(value) or len(defined) < DEFINED * B:
        raise ValueError(f"undefined in {B - len(defined)} of {B} replicates: one class stands in too few blocks")
    cut = tail(blocks, level)
    low, high = np.quantile(defined, [cut, 1 - cut])
    return Interval(value, float(low), float(high), level)


def block_codes(blocks: ArrayLike) -> tuple[NDArray[np.intp], int]:
    """Return a number 0..K-1 for each row's block, (n,), and K; raises ValueError for fewer than two."""
    names, codes = np.unique(np.asarray(blocks), return_inverse=True)
    if len(names) in {0, 1}:
        raise ValueError(f"expected at least two blocks to draw from, found {len(names)}")
    return codes, len(names)


def _draws(blocks: int, B: int, size: int, seed: int) -> Iterator[Counts]:  # noqa: N803
    """Yield how often each block is drawn, (blocks, b) with b <= size; the draws do not depend on `size`."""
    rng = np.random.default_rng(seed)
    for start in range(0, B, size):
        b = min(size, B - start)
        picks = rng.integers(0, blocks, size=(b, blocks)) + np.arange(b)[:, None] * blocks
        yield np.ascontiguousarray(np.bincount(picks.ravel(), minlength=b * blocks).reshape(b, blocks).T)


def tail(blocks: int, level: float) -> float:
    """Return the lower tail that is cut, widened for few blocks."""
    from scipy.special import ndtr, stdtrit

    return float(ndtr(-math.sqrt(blocks / (blocks - 1)) * stdtrit(blocks - 1, (1 + level) / 2)))
