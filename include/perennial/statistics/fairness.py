"""How differently groups are treated, from counts of group, label and decision alone.

Values are the plug-in ones that fairlearn gives. A smallest ratio or largest difference over groups is drawn apart by
noise, so percentiles of its bootstrap are off-centre and never reach equality. Hence the rates themselves are drawn
(a Bayesian bootstrap, Rubin 1981, with half a row in each cell, Jeffreys' prior: no rate is 0 or 0/0), every pair of
groups gets an interval, all of them at once (Besag et al. 1995, section 6.3), and the ends of the worst pair are read
from those: they hold for the extreme whichever pair it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from perennial.statistics.bootstrap import Interval, tail

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
"""Rows by group, label and decision, (groups, 2, 2); or by block first, (blocks, groups, 2, 2)."""
Rate = Literal["selection", "true_positive", "false_positive", "error"]

ALL, POSITIVE, NEGATIVE = np.ones((2, 2)), np.array([[0.0, 0], [1, 1]]), np.array([[1.0, 1], [0, 0]])
RATES: dict[Rate, tuple[NDArray[np.float64], NDArray[np.float64]]] = {
    "selection": (np.array([[0.0, 1], [0, 1]]), ALL),
    "true_positive": (np.array([[0.0, 0], [0, 1]]), POSITIVE),
    "false_positive": (np.array([[0.0, 1], [0, 0]]), NEGATIVE),
    "error": (np.array([[0.0, 1], [1, 0]]), ALL),
}
"""Cells, label by decision, that a rate counts, and those it is a share of."""
COMPARED: dict[str, tuple[Rate, ...]] = {
    "demographic_parity": ("selection",),
    "equalized_odds": ("true_positive", "false_positive"),
    "equal_opportunity": ("true_positive",),
    "error_rate": ("error",),
}
"""Rates that each criterion wants equal; parity is their smallest ratio, the others their largest difference."""
RATIO = frozenset({"demographic_parity"})
DRAWS = 4_000


@dataclass(frozen=True)
class Gap:
    """How far groups lie apart by a criterion, and the places of the groups with the lowest and the highest rate."""

    interval: Interval
    lowest: int
    highest: int


def count(
    groups: Sequence[int] | NDArray[np.intp],
    y: Counts,
    decision: Counts,
    how_many: int,
    blocks: NDArray[np.intp] | None = None,
) -> Counts:
    """Return counts by group number, label and decision, (groups, 2, 2); arguments of shape (n,), whole numbers.

    With the number of each row's block, (n,), for each block: (blocks, groups, 2, 2).
    """
    places, shape = np.asarray(groups, dtype=np.intp), (how_many, 2, 2)
    if blocks is not None:
        shape = (int(blocks.max(initial=-1)) + 1, *shape)  # type: ignore[assignment]
        places = places + blocks * how_many
    return np.bincount(places * 4 + y * 2 + decision, minlength=math.prod(shape)).reshape(shape)


def large(pooled: Counts, criterion: str, *, rows: int, positives: int) -> NDArray[np.bool_]:
    """Tell which groups have rows enough for every rate of a criterion, (groups,); `positives` are rows of label 1."""
    enough: NDArray[np.bool_] = pooled.sum(axis=(1, 2)) >= rows
    for rate in COMPARED[criterion]:
        enough &= shares_of(pooled, rate) >= (positives if rate == "true_positive" else rows)
    return enough


def shares_of(counts: Counts, rate: Rate) -> Counts:
    """Return how many rows a rate is a share of, (groups,)."""
    whole: Counts = (counts * RATES[rate][1]).sum(axis=(-2, -1)).astype(np.int64)
    return whole


def rates(counts: Counts | Floats, rate: Rate) -> Floats:
    """Return a rate, (..., groups); NaN where it is a share of no rows."""
    hit, whole = ((counts * cells).sum(axis=(-2, -1)) for cells in RATES[rate])
    found: Floats = np.divide(hit, whole, out=np.full(hit.shape, np.nan), where=whole > 0)
    return found


def gap(criterion: str, counts: Counts, *, level: float = 0.95, B: int = DRAWS, seed: int = 0) -> Gap:  # noqa: N803
    """Return how far apart the groups are, with an interval; raises ValueError for 0/0 and for fewer than two groups.

    Blocks of counts (four axes) are drawn whole, and the interval is widened where they are few.
    """
    blocks = len(counts) if counts.ndim == 4 else None  # noqa: PLR2004 - blocks, groups, labels, decisions
    if blocks == 1:
        raise ValueError("expected at least two blocks to draw from, found 1")
    pooled = counts if blocks is None else counts.sum(axis=0)
    named, ratio = COMPARED[criterion], criterion in RATIO
    found = [rates(pooled, rate) for rate in named]
    if len(pooled) <= 1 or any(np.isnan(one).any() for one in found):
        raise ValueError(f"expected two groups with rows of each kind, found {len(pooled)} groups")
    value, worst = _plug_in(found, ratio=ratio)
    drawn = _drawn(counts, B, seed)
    contrasts = np.concatenate([_pairs(rates(drawn, rate), ratio=ratio) for rate in named])
    low, high = _simultaneous(contrasts, level if blocks is None else 1 - 2 * tail(blocks, level))
    far = np.maximum(np.abs(low), np.abs(high)).max()
    near = np.where(low * high <= 0, 0, np.minimum(np.abs(low), np.abs(high))).max()
    ends = (math.exp(-far), math.exp(-near)) if ratio else (float(near), float(far))
    return Gap(Interval(value, min(ends[0], value), max(ends[1], value), level), *worst)


def _plug_in(found: Sequence[Floats], *, ratio: bool) -> tuple[float, tuple[int, int]]:
    widest = max(found, key=lambda one: float(np.ptp(one)))
    worst = int(widest.argmin()), int(widest.argmax())
    if not ratio:
        return float(np.ptp(widest)), worst
    if widest.max() == 0:
        raise ValueError("nobody was selected in any group: the ratio of their rates is 0/0")
    return float(widest.min() / widest.max()), worst


def _drawn(counts: Counts, B: int, seed: int) -> Floats:  # noqa: N803
    """Draw tables of weights, (B, groups, 2, 2): each row, or block of rows, weighs an exponential variate."""
    rng = np.random.default_rng(seed)
    if counts.ndim == 3:  # noqa: PLR2004 - groups, labels, decisions
        return rng.standard_gamma(counts + 0.5, size=(B, *counts.shape))
    weights = rng.standard_exponential((B, len(counts)))
    prior = rng.standard_gamma(0.5, size=(B, *counts.shape[1:]))
    return np.tensordot(weights, counts.astype(np.float64), axes=1) + prior


def _pairs(drawn: Floats, *, ratio: bool) -> Floats:
    """Return the difference of each pair of groups, (pairs, B); of logarithms where ratios are asked for."""
    scaled = np.ascontiguousarray((np.log(drawn) if ratio else drawn).T)
    first, second = np.triu_indices(len(scaled), k=1)
    return np.asarray(scaled[first] - scaled[second])


def _simultaneous(drawn: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the ends of each line, (pairs,), so wide that a share `level` of the draws lies inside all of them."""
    pairs, draws = drawn.shape
    order = drawn.argsort(axis=1)
    depth = np.full(draws, draws)
    from_the_end = np.minimum(np.arange(draws), np.arange(draws)[::-1])
    for line in order:
        depth[line] = np.minimum(depth[line], from_the_end)
    cut, lines = int(np.sort(depth)[int((1 - level) * draws)]), np.arange(pairs)
    return drawn[lines, order[:, cut]], drawn[lines, order[:, draws - 1 - cut]]
