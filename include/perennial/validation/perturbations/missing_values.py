"""Values that are lost on the way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from perennial.estimators.columns import Column

LOST = 0.05
"""Share of the values."""


def missing_values(
    frame: pd.DataFrame, columns: Sequence[Column], rng: np.random.Generator, lost: float = LOST
) -> pd.DataFrame:
    """Return the rows with values missing completely at random."""
    return frame.assign(**{column.name: frame[column.name].mask(rng.random(len(frame)) < lost) for column in columns})
