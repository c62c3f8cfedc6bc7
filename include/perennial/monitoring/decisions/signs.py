"""Which days of a column or table are unlike all that the reference showed. Pure.

A limit comes from the reference days' own spread. What may be chance (a column that is constant or empty on some days)
needs a run of days as long as all days before it let expect.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from statistics import median

from perennial.monitoring.decisions.profiles import ColumnDay, Days, Sign, patience

MANY = 5
"""So many values on every reference day are not lost by chance."""
SHARE_STEP = 0.32
"""The least step of a share of missing values that counts, in arcsines of roots: from none to a tenth."""
FEW = 3
"""A day has few rows when it has less than a third of the usual."""
SCALE = 4
"""How many times wider (or narrower) than on any reference day a column has to be on another scale."""
RECENT = 28
"""Days before a day that tell of the season, beside the reference."""
SOON = 2
"""Days in succession after which a sign that no reference day showed is no accident of one day."""


def empty(reference: Sequence[ColumnDay], later: Days) -> Sign:
    """Look for days on which the column holds nothing."""
    sure = all(day.filled >= MANY for day in reference)
    return _chance("holds nothing", reference, later, lambda day: not day.filled, sure=sure)


def constant(reference: Sequence[ColumnDay], later: Days) -> Sign:
    """Look for days on which the column has one value."""
    sure = all(day.values >= MANY for day in reference)
    return _chance("has one value in all rows", reference, later, lambda day: day.constant, sure=sure)


def missing(reference: Sequence[ColumnDay], later: Days) -> Sign:
    """Look for days on which far more values are missing than on any reference day."""
    shares = [math.asin(math.sqrt(day.missing)) for day in reference]
    limit = max(shares) + max(SHARE_STEP, max(shares) - median(shares))
    most = max(day.missing for day in reference)
    share = math.sin(limit) ** 2 if limit < math.pi / 2 else 1.0
    says = f"is missing in more than {share:.0%} of the rows, where {most:.0%} was the most"
    return Sign(says, _showing(later, lambda day: day.missing > share), _soon)


def outside(reference: Sequence[ColumnDay], later: Days) -> Sign:
    """Look for days on which nine tenths of the values lie beyond the reference's range, widened by its own width.

    Days shortly before count as reference, so that a season is no fault: it comes by steps, a wrong unit at once.
    """
    known = [(day.low, day.high) for day in reference if day.low is not None and day.high is not None]
    least, most = min((low for low, _ in known), default=0.0), max((high for _, high in known), default=0.0)
    hits: set[date] = set()
    recent: deque[tuple[date, float, float]] = deque()
    for day, one in later.items():
        if one.low is None or one.high is None or not known:
            continue
        while recent and (day - recent[0][0]).days > RECENT:
            recent.popleft()
        bottom, top = min([least, *(low for _, low, _ in recent)]), max([most, *(high for _, _, high in recent)])
        width = top - bottom
        if width > 0 and (one.low > top + width or one.high < bottom - width):
            hits.add(day)
        else:
            recent.append((day, one.low, one.high))
    return Sign("lies wholly outside of the range that it had", frozenset(hits), _at_once)


def scale(reference: Sequence[ColumnDay], later: Days) -> Sign:
    """Look for days on which the values are spread many times wider or narrower than on any reference day."""
    widths = [width for day in reference if (width := _width(day)) is not None]
    least, most = (min(widths), max(widths)) if widths else (0.0, math.inf)

    def on_another(day: ColumnDay) -> bool:
        width = _width(day)
        return width is not None and least > 0 and not least / SCALE <= width <= most * SCALE

    says = f"is on another scale: its spread was {least:.4g} to {most:.4g} on every reference day"
    return Sign(says, _showing(later, on_another), _soon)


def no_rows(reference: Mapping[date, int], later: Mapping[date, int]) -> Sign:
    """Look for days without rows where the same weekday always had some."""
    usual = _by_weekday(reference)
    days = (day for day, rows in later.items() if not rows and min(usual(day)) >= MANY)
    return Sign("has no rows", frozenset(days), _at_once)


def few_rows(reference: Mapping[date, int], later: Mapping[date, int]) -> Sign:
    """Look for days with far fewer rows than the same weekday ever had."""
    usual = _by_weekday(reference)

    def limit(day: date) -> float:
        least, middle = min(usual(day)), median(usual(day))
        return min(least**2 / middle, middle / FEW) if middle else 0.0

    days = (day for day, rows in later.items() if rows < limit(day))
    return Sign(f"has far too few rows, where {min(reference.values())} were the fewest", frozenset(days), _soon)


def _at_once(_: date) -> int:
    return 1


def _soon(_: date) -> int:
    return SOON


def _chance(
    says: str, reference: Sequence[ColumnDay], later: Days, shows: Callable[[ColumnDay], bool], *, sure: bool
) -> Sign:
    """Ask for a run as long as all days before it let expect by chance; for one day where it cannot be chance."""

    def needed(first: date) -> int:
        return patience([shows(day) for day in [*reference, *(one for at, one in later.items() if at < first)]])

    return Sign(says, _showing(later, shows), _at_once if sure else needed)


def _showing(later: Days, shows: Callable[[ColumnDay], bool]) -> frozenset[date]:
    return frozenset(day for day, one in later.items() if shows(one))


def _width(day: ColumnDay) -> float | None:
    return None if day.low is None or day.high is None else day.high - day.low


def _by_weekday(reference: Mapping[date, int]) -> Callable[[date], Iterable[int]]:
    """Return a function to the reference's rows on a day's weekday."""
    weeks: dict[int, list[int]] = {}
    for day, rows in reference.items():
        weeks.setdefault(day.weekday(), []).append(rows)
    return lambda day: weeks.get(day.weekday()) or list(reference.values())
