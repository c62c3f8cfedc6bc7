"""What a column's day looks like, what a sign of a fault is, and how many days of it are no chance. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

YEARS = 20
"""A column that is empty or constant by chance is called broken less than once in so many years."""


@dataclass(frozen=True)
class ColumnDay:
    """One column on one day: rows, rows with a value, how many values about; of numbers the 5th and 95th percentile."""

    rows: int
    filled: int
    values: int
    low: float | None = None
    high: float | None = None

    @property
    def missing(self) -> float:
        """The share of rows without a value."""
        return 1 - self.filled / self.rows

    @property
    def constant(self) -> bool:
        """Tell whether several rows have one value between them."""
        return self.values == 1 and self.filled > 1


@dataclass(frozen=True)
class Sign:
    """What can be wrong, in words, and the days that show it."""

    says: str
    days: frozenset[date]
    needed: Callable[[date], int]
    """How many days in succession from this one on it takes."""


Days = Mapping[date, ColumnDay]
"""Days with rows, in order."""


def patience(flags: Sequence[bool]) -> int:
    """Return how many days in succession are less than once in YEARS by chance, after what the reference showed.

    Days begin to show a sign, and go on showing it, with the (smoothed) rates of the reference: a Markov chain.
    """
    pairs = list(pairwise(flags))
    begins = (sum(b and not a for a, b in pairs) + 1) / (sum(not a for a, _ in pairs) + 2)
    stays = (sum(a and b for a, b in pairs) + 1) / (sum(a for a, _ in pairs) + 2)
    return 1 + max(0, math.ceil(math.log(1 / (YEARS * 365 * begins)) / math.log(stays)))
