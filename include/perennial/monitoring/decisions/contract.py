"""Do more rows break the data contract than before, and when will too many? Pure: daily counts in, trends out.

A share rises when the later half of a window lies above all that any stretch of days of that length showed before:
more than half of its days do, so that a bad day is no trend, and by enough to matter beside the contract's limit. Its
pace is the slope of Theil and Sen over the window's days, which no single day bends.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from statistics import median, median_low
from typing import Any

from perennial.keys import DAY, Window
from perennial.monitoring.result import Verdict

ENOUGH = 14
"""Days before a window below which there is nothing to compare it with."""
MATTERS = 0.1
"""The share of the limit that a rise has to reach."""
SLOPE_DAYS = 3
"""Days without which there is no pace."""


@dataclass(frozen=True)
class Count:
    """One day of one table: rows read, rows quarantined, and rows that break each rule."""

    read: int
    quarantined: int
    rules: Mapping[str, int]


@dataclass(frozen=True)
class Trend:
    """A share of rows that rises: of a table, or of one rule of it."""

    table: str
    rule: str | None
    before: float
    """The highest share of so many days in succession before."""
    now: float
    """The median of the window's later days."""
    slope: float
    """A day."""
    limit: float
    crosses: date | None
    """When the limit is reached at this pace; None where not within another window."""

    def __str__(self) -> str:
        """Say what rises, from where to where, and when it will be too much."""
        what = f"{self.rule} is broken by" if self.rule else "quarantined are"
        when = f"; at this pace the limit is crossed on {self.crosses}" if self.crosses else ""
        rise = f"{self.now:.2%} of the rows, {self.before:.2%} at most before"
        return f"{self.table}: {what} {rise} (limit {self.limit:.0%}{when})"

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self) | {"crosses": self.crosses and str(self.crosses)}


def trends(table: str, days: Mapping[date, Count], window: Window, limit: float) -> list[Trend] | None:
    """Return what rises in a table, the whole of it first; None where too little is known of the days before.

    `limit` is the share of a day's rows above which the contract refuses the day.
    """
    read = {day: one for day, one in sorted(days.items()) if one.read}
    past = {day: one for day, one in read.items() if day < window.first}
    now = {day: one for day, one in read.items() if day in window}
    if len(past) < max(ENOUGH, len(window)) or not now:
        return None
    rules = sorted({rule for one in now.values() for rule in one.rules})
    return [one for rule in (None, *rules) if (one := _trend((table, rule, limit), past, now, window))]


def say(found: Sequence[Trend], tables: Sequence[str], unknown: Sequence[str]) -> tuple[Verdict, str]:
    """Return the verdict on all tables; of those that are `unknown` there are too few days."""
    if found:
        due = any(one.crosses and one.rule is None for one in found)
        return "alarm" if due else "watch", "; ".join(map(str, found))
    if unknown:
        return "insufficient_data", f"too few days of {', '.join(unknown)} before the window"
    return "ok", f"no more rows of {', '.join(tables)} break the contract than before"


def _trend(
    of: tuple[str, str | None, float], past: Mapping[date, Count], now: Mapping[date, Count], window: Window
) -> Trend | None:
    """Return the trend `of` a table, or a rule of it, under a limit; None where nothing rises."""
    table, rule, limit = of
    shares = {day: _bad(one, rule) / one.read for day, one in now.items()}
    later = list(shares.values())[len(shares) // 2 :]
    before, late = _highest(list(past.values()), rule, len(later)), median_low(later)
    if late - before < MATTERS * limit or not late:
        return None
    slope = _slope(shares)
    return Trend(table, rule, before, late, slope, limit, _crossing(shares, slope, window, limit))


def _highest(past: Sequence[Count], rule: str | None, length: int) -> float:
    """Return the highest share of any `length` days in succession."""
    spans = [past[start : start + length] for start in range(len(past) - length + 1)]
    return max(sum(_bad(one, rule) for one in span) / sum(one.read for one in span) for span in spans)


def _bad(one: Count, rule: str | None) -> int:
    return one.quarantined if rule is None else one.rules.get(rule, 0)


def _slope(shares: Mapping[date, float]) -> float:
    from scipy.stats import theilslopes

    if len(shares) < SLOPE_DAYS:
        return 0.0
    return float(theilslopes(list(shares.values()), [day.toordinal() for day in shares]).slope)


def _crossing(shares: Mapping[date, float], slope: float, window: Window, limit: float) -> date | None:
    """Return the day on which the line through the window reaches the limit, within another window."""
    days = list(shares)
    level = median(shares[day] + slope * (window.last - day).days for day in days)
    if level >= limit:
        return window.last + DAY
    ahead = math.ceil((limit - level) / slope) if slope > 0 else math.inf
    return window.last + int(ahead) * DAY if ahead <= len(window) else None
