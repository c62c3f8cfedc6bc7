"""Distances in simulated years without drift: what chance alone does to a monitor.

Every simulated year draws both sides anew from the reference, so that the reference's own uncertainty counts. Where
rows of a day depend on each other whole blocks of consecutive days are drawn (the block bootstrap; Künsch 1989). All
blocks of one year begin on the same day of the week: then each window holds each weekday as often as a real one does.
Where rows are independent, counts are multinomial.
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
FEWEST_BLOCKS = 4
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


def distances(counts: Counts, methods: Sequence[DistanceName], plan: Plan) -> Floats:
    """Distances without drift, (years, windows, columns), from the reference's counts, (days, columns, bins)."""
    rng = np.random.default_rng(plan.seed)
    simulated = _of_rows(counts, plan, rng) if plan.by_row else _of_days(counts, plan, rng)
    return np.concatenate([compare(reference[:, None], windows, methods) for reference, windows in simulated])


def compare(reference: Counts, current: Counts, methods: Sequence[DistanceName]) -> Floats:
    """Distance of each column by its own method, (..., columns), from counts (..., columns, bins)."""
    shape = np.broadcast_shapes(reference.shape[:-1], current.shape[:-1])
    found = np.empty(shape)
    for method in dict.fromkeys(methods):
        chosen = np.array([one == method for one in methods])
        found[..., chosen] = DISTANCES[method](reference[..., chosen, :], current[..., chosen, :])
    return found


def _of_days(counts: Counts, plan: Plan, rng: np.random.Generator) -> Iterator[tuple[Counts, Counts]]:
    """Yield counts of some years: references (years, columns, bins), windows (years, windows, columns, bins)."""
    days, shape = len(counts), counts.shape[1:]
    flat = counts.reshape(days, -1).astype(np.float64)
    length = plan.every * (plan.windows - 1) + plan.window
    ends = plan.every * np.arange(plan.windows)
    for years in _batches(plan):
        reference = _multiplicity(drawn_days(days, years, days, rng), days) @ flat
        lived = drawn_days(days, years, length, rng)
        windows = lived[:, ends[:, None] + np.arange(plan.window)].reshape(-1, plan.window)
        current = _multiplicity(windows, days) @ flat
        yield reference.reshape(years, *shape), current.reshape(years, plan.windows, *shape)


def drawn_days(days: int, years: int, length: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw days of the reference in blocks, (years, length)."""
    block = WEEK if days >= FEWEST_BLOCKS * WEEK else max(1, days // FEWEST_BLOCKS)
    phase = rng.integers(0, block, size=(years, 1))
    whole = (days - phase) // block
    starts = phase + block * rng.integers(0, whole, size=(years, -(-length // block)))
    drawn = starts[:, :, None] + np.arange(block)
    return np.asarray(drawn.reshape(years, -1)[:, :length])


def _multiplicity(drawn: NDArray[np.int64], days: int) -> Floats:
    """Count how often each day was drawn, (draws, days)."""
    places = drawn + days * np.arange(len(drawn))[:, None]
    return np.bincount(places.ravel(), minlength=days * len(drawn)).reshape(len(drawn), days).astype(np.float64)


def _of_rows(counts: Counts, plan: Plan, rng: np.random.Generator) -> Iterator[tuple[Counts, Counts]]:
    """Yield counts as `_of_days` does; a window is made of the steps of `every` days that it spans."""
    total = counts.sum(axis=0)
    shares = total / np.maximum(total.sum(axis=-1, keepdims=True), 1)
    rows = total.sum(axis=-1)
    span = max(1, round(plan.window / plan.every))
    step = np.maximum(1, np.round(rows * plan.window / len(counts) / span)).astype(np.int64)
    for years in _batches(plan):
        reference = rng.multinomial(rows.astype(np.int64), shares, size=(years, len(rows)))
        steps = rng.multinomial(step, shares, size=(years, plan.windows + span - 1, len(rows)))
        summed = np.lib.stride_tricks.sliding_window_view(steps, span, axis=1).sum(axis=-1)
        yield reference, summed


def _batches(plan: Plan) -> Iterator[int]:
    """Yield how many years are simulated at once."""
    at_once = max(1, AT_ONCE // plan.windows)
    for first in range(0, plan.years, at_once):
        yield min(at_once, plan.years - first)
