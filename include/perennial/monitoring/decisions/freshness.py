"""Were feature values as fresh when the questions were asked as on the training days? Pure: figures in, verdict out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import ceil
from statistics import median

from perennial.keys import DAY
from perennial.monitoring.result import Verdict

USUAL = 0.95
"""Quantile of the training days that is taken for their usual worst: the first days of a source know little."""
MARGIN = 0.1
"""By how much a day's share of rows without a fresh value may lie above it."""
HOUR, SECONDS_A_DAY = 3600.0, DAY.total_seconds()
SHOWN = 3


@dataclass(frozen=True)
class Asked:
    """The questions of one day to one view: how many, and how old the values were that answered them."""

    day: date
    rows: int
    expired: int
    """Rows whose newest value was older than the time to live."""
    unknown: int
    """Rows of whose key nothing was known."""
    age: float | None
    """Median age of the values that were fresh enough, seconds; None where none was, or where values never expire."""

    @property
    def missing(self) -> float:
        """The share of rows that got no value."""
        return (self.expired + self.unknown) / self.rows


@dataclass(frozen=True)
class Ages:
    """One view: its time to live in seconds (0: unlimited), the window's days with rows, and the training days."""

    view: str
    ttl: float
    days: Sequence[Asked]
    training: Sequence[Asked]

    @property
    def limit(self) -> float:
        """The share of rows without a fresh value from which on a day is stale."""
        return min(quantile([day.missing for day in self.training], USUAL) + MARGIN, 1.0)

    @property
    def stale(self) -> list[Asked]:
        """The days that lie above it."""
        return [day for day in self.days if day.missing > self.limit]

    @property
    def age(self) -> float | None:
        """The median of the days' median ages."""
        ages = known(self.days)
        return median(ages) if ages else None

    @property
    def usual_age(self) -> float | None:
        """The usual worst of the training days."""
        ages = known(self.training)
        return quantile(ages, USUAL) if ages else None


@dataclass(frozen=True)
class Lag:
    """How far each part is behind the one before, seconds of business time; what runs at this moment does not count."""

    features: float = 0.0
    """Newest feature day behind the newest raw day."""
    online: Mapping[str, float] = field(default_factory=dict)
    """View -> its newest online value behind the newest offline one, only where it is behind."""


def judge(views: Sequence[Ages], lag: Lag) -> tuple[Verdict, str, tuple[str, ...]]:
    """Return verdict, reason and the views it points at.

    A view is stale when more rows of a day got no value from it than training days explain, or when what is served
    online is behind by more than its time to live. Values that are older than usual and still alive are watched.
    """
    if not any(view.days and view.training for view in views):
        return "insufficient_data", "no questions were asked in the window, or none on the training days", ()
    stale = [view for view in views if view.training and view.stale]
    lapsed = {view.view: lag.online[view.view] for view in views if lag.online.get(view.view, 0) > _life(view)}
    if stale or lapsed:
        why = [*(_stale(view) for view in stale), *(_behind(name, seconds) for name, seconds in lapsed.items())]
        return "alarm", "; ".join(why), tuple(dict.fromkeys([*(view.view for view in stale), *lapsed]))
    older = [view for view in views if _older(view)]
    doubts = [_old(view) for view in older] + [_behind(name, seconds) for name, seconds in lag.online.items()]
    if lag.features:
        doubts.append(f"features are {lag.features / SECONDS_A_DAY:.0f} days behind the raw data")
    if doubts:
        return "watch", "; ".join(doubts), tuple(dict.fromkeys([*(view.view for view in older), *lag.online]))
    return "ok", f"values of {len(views)} views were as fresh as on the training days", ()


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of the values does not exceed; 0 of none."""
    return sorted(values)[max(ceil(share * len(values)) - 1, 0)] if values else 0.0


def known(days: Sequence[Asked]) -> list[float]:
    """Return the median ages of the days that have one."""
    return [day.age for day in days if day.age is not None]


def _life(view: Ages) -> float:
    return view.ttl or SECONDS_A_DAY


def _older(view: Ages) -> bool:
    return view.age is not None and view.usual_age is not None and view.age > view.usual_age


def _stale(view: Ages) -> str:
    days = view.stale
    worst = max(days, key=lambda day: day.missing)
    listed = ", ".join(str(day.day) for day in days[:SHOWN]) + (f" and {len(days) - SHOWN} more" * (len(days) > SHOWN))
    life = f", older than {view.ttl / HOUR:g} h or unknown" if view.ttl else ""
    return (
        f"{view.view} had no value for up to {worst.missing:.1%} of the rows on {listed}{life} "
        f"(training days: {quantile([day.missing for day in view.training], USUAL):.1%})"
    )


def _old(view: Ages) -> str:
    return f"{view.view}: values are {_hours(view.age)} old, on training days up to {_hours(view.usual_age)}"


def _behind(view: str, seconds: float) -> str:
    return f"{view}: online values are {_hours(seconds)} behind the offline ones"


def _hours(seconds: float | None) -> str:
    return f"{(seconds or 0) / HOUR:.1f} h"
