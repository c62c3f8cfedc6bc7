"""The best that a person can do: change some numbers about themselves within bounds until the decision is a yes.

Coordinate search: one number after the other is tried at a few places within its bounds, and stays where the score is
highest. A lower bound of what is possible, found with a number of predictions that is known beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perennial.estimators.columns import Column
from perennial.validation.flips import Answers

Ask = Callable[[pd.DataFrame, Any], Answers]
"""From rows and their places in the sample to scores and decisions."""

STEPS = (-1.0, -0.5, -0.25, 0.25, 0.5, 1.0)
ROUNDS = 2
MOST = 150_000
"""Rows that are predicted at most."""


@dataclass(frozen=True)
class Attack:
    """What the search found."""

    tried: NDArray[np.int64]
    """places of the rows that it was run on"""
    flipped: NDArray[np.bool_]
    """which of them it turned into a yes"""
    by: Mapping[str, int]
    """how many of the flipped rows had to change a column"""
    predictions: int


def affordable(bounds: Mapping[str, float]) -> int:
    """Return how many rows can be searched within MOST predictions."""
    return MOST // (ROUNDS * len(bounds) * (1 + len(STEPS)))


def attack(
    frame: pd.DataFrame, places: NDArray[np.int64], bounds: Mapping[str, float], columns: Mapping[str, Column], ask: Ask
) -> Attack:
    """Search for the rows at these places of `frame`, all of them decided against; a row that is flipped drops out."""
    best = {name: frame[name].to_numpy().copy() for name in bounds}
    flipped, predictions = np.zeros(len(frame), dtype=bool), 0
    for column in [name for _ in range(ROUNDS) for name in bounds]:
        left = places[~flipped[places]]
        tries = _tries(frame[column].to_numpy()[left], best[column][left], bounds[column], columns[column])
        if not tries.size:
            continue
        scores, yes = _asked(frame.assign(**best), left, column, tries, ask)
        predictions += tries.size
        chosen = np.arange(len(left)), np.argmax(scores + 2.0 * yes, axis=1)
        best[column][left], flipped[left] = tries[chosen], yes[chosen]
    done = places[flipped[places]]
    by = {name: int((best[name][done] != frame[name].to_numpy()[done]).sum()) for name in bounds}
    return Attack(places, flipped[places], by, predictions)


def _tries(values: Any, best: Any, bound: float, column: Column) -> Any:
    """Return what to try, (n, 1 + steps), the best so far first: where training has been, and whole if all are."""
    tried = values[:, None] + bound * np.array(STEPS)
    if not (values[np.isfinite(values)] % 1).any() and float(bound).is_integer():
        tried = np.trunc(tried)
    low, high = (np.array(end, dtype=np.float64) for end in (column.low, column.high))
    within = np.clip(tried, np.fmin(values, low)[:, None], np.fmax(values, high)[:, None])
    within[np.isnan(values)] = np.nan
    return np.column_stack([best, within])


def _asked(frame: pd.DataFrame, left: Any, column: str, tries: Any, ask: Ask) -> tuple[Any, Any]:
    """Predict every try of every row at once; scores and yes, of the shape of `tries`."""
    places = np.repeat(left, tries.shape[1])
    found = ask(frame.iloc[places].assign(**{column: tries.ravel()}), places)
    return found.scores.reshape(tries.shape), _yes(found).reshape(tries.shape)


def _yes(found: Answers) -> Any:
    return np.zeros(len(found.scores), dtype=bool) if found.decisions is None else found.decisions == 1.0
