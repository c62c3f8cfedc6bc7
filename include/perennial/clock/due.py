"""Which monitoring windows are due, and is the end of an emergency? Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from perennial.keys import Window
from perennial.ledger.emergency import is_lost, unconfirmed
from perennial.ledger.history import History
from perennial.spec.model import Spec


def monitoring_windows(spec: Spec, scored: Collection[date], reported: Collection[str], now: datetime) -> list[Window]:
    """Return the windows to report on, oldest first.

    `scored` are the days that the present champion predicted, `reported` the keys of windows reported on for it. A
    window ends every `monitor.every` days (counted from the source's first day), when its labels have matured;
    it reaches back `monitor.window` days, or to the champion's first prediction.
    """
    if not scored:
        return []
    windows = (_window(spec, scored, last) for last in _ends(spec, min(scored), max(scored)))
    matured = timedelta(days=spec.label.matures_after)
    return [
        window
        for window in windows
        if window and window.end + matured <= now and str(window) not in reported and len(window) >= spec.monitor.every
    ]


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
