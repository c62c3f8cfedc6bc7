"""Small errors of measurement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from perennial.estimators.columns import Column

NOISE = 0.02
"""Standard deviation of the error, as a share of the column's."""
STATE = 0.5
"""A value that more than this share of rows have (no wage, no gain) is a state, not a measurement: it stays."""


def noise(frame: pd.DataFrame, columns: Sequence[Column], rng: np.random.Generator) -> pd.DataFrame:
    """Return the rows with every number a little off, within the range of training, and whole if it was."""
    numbers = [column for column in columns if column.kind == "numeric"]
    return frame.assign(**{column.name: _off(frame[column.name].to_numpy(), column, rng) for column in numbers})


def _off(values: Any, column: Column, rng: np.random.Generator) -> Any:
    measured = np.isfinite(values) & ~_in_state(values)
    known = values[measured]
    if not len(known):
        return values
    error = np.where(measured, rng.normal(0.0, NOISE * known.std(), len(values)), 0.0)
    moved = values + error
    return np.clip(moved if (known % 1).any() else np.round(moved), column.low, column.high)


def _in_state(values: Any) -> Any:
    """Tell which rows have the value that most rows have, if one is had by most; (n,) of bool."""
    found, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    if not len(found) or counts.max() <= STATE * len(values):
        return np.zeros(len(values), dtype=bool)
    return values == found[counts.argmax()]
