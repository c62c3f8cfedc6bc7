"""What the gates look at: the figures of a candidate, measured on its holdout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from perennial.statistics.resampling import Interval


@dataclass(frozen=True)
class Unknown:
    """A figure that the rows cannot give, and why."""

    why: str

    def to_dict(self) -> dict[str, Any]:
        """Return what a report keeps of it."""
        return asdict(self)


Estimate = Interval | Unknown


@dataclass(frozen=True)
class Measured:
    """The figures of one candidate; differences are candidate minus the other, AUC, paired by row."""

    rows: int
    """labelled rows of the holdout, all scored"""
    auc: Estimate
    calibration: Estimate
    """mean prediction minus observed share"""
    baseline: Estimate
    champion: Estimate | None
    """None where there is no champion yet"""
    compared: int
    """labelled rows that the champion's features have too"""
    probed: int
    """rows that the clean process predicted"""
    mismatches: int
    """rows of them that it predicted differently, by a single bit or more"""


def estimate(compute: Callable[[], Interval]) -> Estimate:
    """Return the interval, or Unknown where the rows do not define it (one class, one day, no rows)."""
    try:
        return compute()
    except ValueError as error:
        return Unknown(str(error))
