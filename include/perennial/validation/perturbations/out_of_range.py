"""A number beyond all that training saw: a slip of the keyboard, a code for `unknown`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from perennial.estimators.columns import Column

BEYOND = 1.0
"""How far beyond either end, as a share of the range."""


def out_of_range(frame: pd.DataFrame, columns: Sequence[Column], rng: np.random.Generator) -> pd.DataFrame:
    """Return the rows with one of their numbers, drawn at random, below or above the range of training."""
    ranges = [(one.name, one.low, one.high) for one in columns if one.low is not None and one.high is not None]
    drawn = rng.integers(len(ranges), size=len(frame)) if ranges else np.empty(0)
    above = rng.integers(2, size=len(frame)) == 1
    made = {}
    for place, (name, low, high) in enumerate(ranges):
        far = BEYOND * ((high - low) or 1.0)
        made[name] = frame[name].mask(drawn == place, pd.Series(np.where(above, high + far, low - far), frame.index))
    return frame.assign(**made)
