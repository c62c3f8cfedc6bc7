"""Which monitoring windows are due, and is the end of an emergency? Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from perennial.keys import Window
from perennial.ledger.emergency import is_lost, unconfirmed
from perennial.ledger.history import History
from perennial.spec.model import Spec

MORE = 0.01
"""Share of a window's rows whose labels came since its report that is worth telling it again."""


@dataclass(frozen=True)
class Told:
    """What the newest report on a window knew."""

    early: bool
    """made at the window's end, before its labels matured"""
    rows: int
    labelled: int
    failed: bool = False
    """a monitor could not look"""


def monitoring_windows(
    spec: Spec, scored: Collection[date], told: Mapping[Window, Told], now: datetime
) -> list[Window]:
    """Return the windows to report on, oldest first; `scored` are the days that the present champion predicted.

    A window ends every `monitor.every` days (counted from the source's first day) and reaches back `monitor.window`
    days, or to the champion's first prediction. It is due once its labels have matured; where that takes longer than
    `every`, also at its end, early.
    """
    return [
        window
        for window in _scored(spec, scored)
        if (window not in told and _reported_from(spec, window) <= now)
        or (window in told and told[window].early and matures(spec, window) <= now)
    ]


def may_be_told_again(spec: Spec, told: Mapping[Window, Told], now: datetime) -> list[Window]:
    """Return the windows, oldest first, whose late labels still count: reported with matured ones, not long ago."""
    late = timedelta(days=spec.monitor.late_labels)
    reported = [window for window, one in told.items() if one.rows and not one.early]
    return sorted(window for window in reported if now <= matures(spec, window) + late)


def worth_telling(told: Told, labelled: int) -> bool:
    """Tell whether to tell a window again: enough labels came since its report, or a monitor could not look."""
    return told.failed or labelled - told.labelled >= max(1.0, MORE * told.rows)


def matures(spec: Spec, window: Window) -> datetime:
    """Return the business time from which on the labels of a window are relied on."""
    return window.end + timedelta(days=spec.label.matures_after)


def _reported_from(spec: Spec, window: Window) -> datetime:
    return window.end if spec.label.matures_after > spec.monitor.every else matures(spec, window)


def _scored(spec: Spec, scored: Collection[date]) -> list[Window]:
    """Return the windows that are long enough and whose every day was scored."""
    if not scored:
        return []
    windows = (_window(spec, scored, last) for last in _ends(spec, min(scored), max(scored)))
    return [window for window in windows if window and len(window) >= spec.monitor.every]


def _ends(spec: Spec, first: date, last: date) -> Iterator[date]:
    every = spec.monitor.every
    ahead = (every - 1 - (first - spec.source.first).days) % every
    day = first + timedelta(days=ahead)
    while day <= last:
        yield day
        day += timedelta(days=every)


def _window(spec: Spec, scored: Collection[date], last: date) -> Window | None:
    """Return the window that ends with `last`, or None while a day of it is not scored."""
    window = Window.ending(last, spec.monitor.window).clip(min(scored), last)
    return window if window and all(day in scored for day in window) else None


def overdue_review(history: History, now: datetime) -> str | None:
    """Return the key of an emergency promotion that was rejected or not reviewed in time; `now` is wall time."""
    change = unconfirmed(history)
    return change.key if change and is_lost(history, change, now) else None
