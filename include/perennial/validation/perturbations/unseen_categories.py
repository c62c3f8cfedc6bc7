"""A category that training never saw: a new carrier, a new code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from perennial.estimators.columns import Column
from perennial.estimators.probe import UNSEEN


def unseen_categories(frame: pd.DataFrame, columns: Sequence[Column], rng: np.random.Generator) -> pd.DataFrame:
    """Return the rows with one of their categories, drawn at random, never seen."""
    names = [column.name for column in columns if column.kind == "categorical"]
    drawn = rng.integers(len(names), size=len(frame)) if names else np.empty(0)
    return frame.assign(**{name: frame[name].mask(drawn == place, UNSEEN) for place, name in enumerate(names)})
