"""Rows by the value of a column, or of two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perennial.estimators.decision_rule import JOINED, group_names


@dataclass(frozen=True)
class Grouping:
    """The names of groups, and the place among them of each row's, (n,)."""

    names: tuple[str, ...]
    codes: NDArray[np.intp]


def grouping(frame: pd.DataFrame, column: str) -> Grouping:
    """Group by a column, in the order of names; a missing value is a group."""
    codes, names = pd.factorize(group_names(frame, [column]), sort=True)
    return Grouping(tuple(map(str, names)), codes)


def crossed(first: Grouping, second: Grouping) -> Grouping:
    """Group by both; combinations that no row has are left out."""
    found, codes = np.unique(first.codes * len(second.names) + second.codes, return_inverse=True)
    pairs = (divmod(int(one), len(second.names)) for one in found)
    return Grouping(tuple(f"{first.names[a]}{JOINED}{second.names[b]}" for a, b in pairs), codes)
