"""What gates look at: estimates with an interval, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from perennial.spec.training import Quality
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
class Performance:
    """How a candidate ranks; differences are candidate minus the other, paired by row."""

    rows: int
    """labelled rows of the holdout, all scored"""
    metric: Quality
    """what quality and differences are of: AUC, or R squared where a number is predicted"""
    quality: Estimate
    baseline: Estimate
    champion: Estimate | None
    """None where there is no champion yet"""
    compared: int
    """labelled rows that the champion's features have too"""


@dataclass(frozen=True)
class Calibration:
    """How a candidate prices."""

    rows: int
    in_the_large: Estimate
    """mean prediction minus observed share, or minus the mean in standard deviations where a number is predicted"""
    error: Estimate
    """expected calibration error over ten bins of equal mass"""
    skill: Estimate
    """1 - Brier score / Brier score of the base rate"""


@dataclass(frozen=True)
class Reproduction:
    """What came of training the candidate again."""

    level: int
    """0 the same bytes, 1 the same predictions on the probe, 2 the same figures within a tolerance, 3 none of these"""
    why: str
    seconds: float
    event: str
    """hash of the ledger event that says so"""


def estimate(compute: Callable[[], Interval]) -> Estimate:
    """Return the interval, or Unknown where the rows do not define it (one class, one day, no rows)."""
    try:
        return compute()
    except ValueError as error:
        return Unknown(str(error))
