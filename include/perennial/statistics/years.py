"""Distances in simulated years without drift: what chance alone does to a monitor.

Every simulated year draws both sides anew from the reference, so that the reference's own uncertainty counts. Where
rows of a day depend on each other whole blocks of consecutive days are drawn (the block bootstrap; Künsch 1989), and
windows are made of blocks that the year's reference left out (out-of-bag; Efron 1983): days that are monitored are
never those of the reference, and a window that could hold the reference's own storm would be too near. All blocks of a
year begin on the same day of the week: then each window holds each weekday as often as a real one does. Where rows are
independent, counts are multinomial.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perennial.statistics.distances import DISTANCES, DistanceName

Counts = NDArray[Any]
Floats = NDArray[np.float64]

YEAR = 365
WEEK = 7
FEWEST_BLOCKS = 8
"""A reference of fewer weeks is cut into shorter blocks."""
AT_ONCE = 2_000
"""Windows whose counts are held at once."""


@dataclass(frozen=True)
class Plan:
    """What is simulated: `lead` windows before each year let the rule look back."""

    window: int
    """days"""
    every: int
    """days from one window to the next"""
    years: int
    by_row: bool = False
    lead: int = 0
    seed: int = 0

    @property
    def windows(self) -> int:
        """Windows of one simulated year, those of the lead included."""
        return self.lead + max(1, round(YEAR / self.every))


def distances(counts: Counts, methods: Sequence[DistanceName], plan: Plan, share: Floats | None = None) -> Floats:
    """Distances without drift, (years, windows, columns), from the reference's counts, (days, columns, bins).

    `share`, (columns,), says of which part of these days a column's real reference is made, where it is shorter.
    """
    rng = np.random.default_rng(plan.seed)
    parts = np.ones(counts.shape[1]) if share is None else share
    simulated = (_of_rows if plan.by_row else _of_days)(counts, parts, plan, rng)
    return np.concatenate([compare(reference[:, None], windows, methods) for reference, windows in simulated])


def compare(reference: Counts, current: Counts, methods: Sequence[DistanceName]) -> Floats:
    """Distance of each column by its own method, (..., columns), from counts (..., columns, bins)."""
    shape = np.broadcast_shapes(reference.shape[:-1], current.shape[:-1])
    found = np.empty(shape)
    for method in dict.fromkeys(methods):
        chosen = np.array([one == method for one in methods])
        found[..., chosen] = DISTANCES[method](reference[..., chosen, :], current[..., chosen, :])
    return found


def _of_days(counts: Counts, share: Floats, plan: Plan, rng: np.random.Generator) -> Iterator[tuple[Counts, Counts]]:
    """Yield counts of some years: references (years, columns, bins), windows (years, windows, columns, bins)."""
    days, shape = len(counts), counts.shape[1:]
    flat = counts.reshape(days, -1).astype(np.float64)
    length = plan.every * (plan.windows - 1) + plan.window
    ends = plan.every * np.arange(plan.windows)
    for years in _batches(plan):
        drawn, lived = drawn_days(days, years, length, rng)
        windows = lived[:, ends[:, None] + np.arange(plan.window)].reshape(-1, plan.window)
        reference = np.empty((years, *shape))
        for part in np.unique(share):
            first, one = max(1, round(part * days)), share == part
            reference[:, one] = (_multiplicity(drawn[:, :first], days) @ flat).reshape(years, *shape)[:, one]
        yield reference, (_multiplicity(windows, days) @ flat).reshape(years, plan.windows, *shape)


def drawn_days(
    days: int, years: int, length: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw the days of references, (years, days), and of years that follow, (years, length)."""
    block = max(1, min(WEEK, days // FEWEST_BLOCKS))
    phase = rng.integers(0, block, size=(years, 1))
    whole = (days - phase) // block
    drawn = (rng.random((years, -(-days // block))) * whole).astype(np.int64)
    left = np.arange(days // block) < whole
    np.put_along_axis(left, drawn, values=False, axis=1)
    left |= (np.arange(days // block) < whole) & ~left.any(axis=1, keepdims=True)  # every block was drawn: any may come
    first = np.argsort(~left, axis=1, kind="stable")
    chosen = (rng.random((years, -(-length // block))) * left.sum(axis=1, keepdims=True)).astype(np.int64)
    lived = np.take_along_axis(first, chosen, axis=1)
    return _days_of(drawn, phase, block)[:, :days], _days_of(lived, phase, block)[:, :length]


def _days_of(blocks: NDArray[np.int64], phase: NDArray[np.int64], block: int) -> NDArray[np.int64]:
    """Return the days of some blocks in order, (years, blocks * block)."""
    days = (phase + block * blocks)[:, :, None] + np.arange(block)
    return np.asarray(days.reshape(len(blocks), -1))


def _multiplicity(drawn: NDArray[np.int64], days: int) -> Floats:
    """Count how often each day was drawn, (draws, days)."""
    places = drawn + days * np.arange(len(drawn))[:, None]
    return np.bincount(places.ravel(), minlength=days * len(drawn)).reshape(len(drawn), days).astype(np.float64)


def _of_rows(counts: Counts, share: Floats, plan: Plan, rng: np.random.Generator) -> Iterator[tuple[Counts, Counts]]:
    """Yield counts as `_of_days` does; a window is made of the steps of `every` days that it spans.

    Columns are drawn apart: counts do not say which values came together. Columns that move together give fewer alarms.
    """
    total = counts.sum(axis=0)
    shares = total / np.maximum(total.sum(axis=-1, keepdims=True), 1)
    rows = total.sum(axis=-1)
    span = max(1, round(plan.window / plan.every))
    step = np.maximum(1, np.round(rows * plan.window / len(counts) / span)).astype(np.int64)
    for years in _batches(plan):
        reference = rng.multinomial(np.round(rows * share).astype(np.int64), shares, size=(years, len(rows)))
        steps = rng.multinomial(step, shares, size=(years, plan.windows + span - 1, len(rows)))
        summed = np.lib.stride_tricks.sliding_window_view(steps, span, axis=1).sum(axis=-1)
        yield reference, summed


def _batches(plan: Plan) -> Iterator[int]:
    """Yield how many years are simulated at once."""
    at_once = max(1, AT_ONCE // plan.windows)
    for first in range(0, plan.years, at_once):
        yield min(at_once, plan.years - first)
