"""Small errors of measurement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from perennial.estimators.columns import Column

NOISE = 0.02
"""Standard deviation of the error, as a share of the column's."""


def noise(frame: pd.DataFrame, columns: Sequence[Column], rng: np.random.Generator) -> pd.DataFrame:
    """Return the rows with every number a little off, within the range of training, and whole if it was."""
    numbers = [column for column in columns if column.kind == "numeric"]
    return frame.assign(**{column.name: _off(frame[column.name].to_numpy(), column, rng) for column in numbers})


def _off(values: Any, column: Column, rng: np.random.Generator) -> Any:
    known = values[np.isfinite(values)]
    if not len(known):
        return values
    moved = values + rng.normal(0.0, NOISE * known.std(), len(values))
    return np.clip(moved if (known % 1).any() else np.round(moved), column.low, column.high)
