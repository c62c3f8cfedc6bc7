"""Which days were not scored while scoring was held? Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from perennial.keys import DAY, Window
from perennial.ledger.history import History

WRITTEN, PUBLISHED = "features.written", "predictions.published"


def missed(history: History, since: datetime) -> list[Window]:
    """Return the days whose features were written since a wall-clock moment and not scored after, in ranges.

    Nothing while there is no champion: nothing would have been scored.
    """
    waiting: set[date] = set()
    for event in history.of(WRITTEN, PUBLISHED):
        days = {date.fromisoformat(day) for tables in event.payload["tables"].values() for day in tables}
        if event.type == PUBLISHED:
            waiting -= days
        elif event.wall_time >= since:
            waiting |= days
    return _ranges(waiting) if history.champion else []


def _ranges(days: Iterable[date]) -> list[Window]:
    """Put neighbours together, oldest first."""
    windows: list[Window] = []
    for day in sorted(days):
        if windows and windows[-1].last + DAY == day:
            windows[-1] = Window(windows[-1].first, day)
        else:
            windows.append(Window(day, day))
    return windows
