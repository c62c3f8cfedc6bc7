"""Changes under a champion that wait for its re-validation, and when there are rows to do it on. Pure."""

from __future__ import annotations

from datetime import timedelta

from perennial.keys import DAY, Window
from perennial.ledger.event import Event
from perennial.ledger.history import History

CHANGED, REVALIDATED = "dependency.changed", "champion.revalidated"


def pending(history: History) -> list[Event]:
    """Return the changes that the present champion is still to be judged after, oldest first."""
    done = {change for event in history.of(REVALIDATED) for change in event.payload["changes"]}
    asked = [event for event in history.of(CHANGED) if event.payload["action"] == "revalidate"]
    return [one for one in asked if one.payload["version"] == history.champion and one.hash not in done]


def due(history: History, days: int, matures_after: int) -> tuple[Window, list[Event]] | None:
    """Return the first `days` after the oldest pending change, and the changes before them; None before they matured.

    A change is found at the end of the newest partition, in business time: the rows from there on have seen it.
    """
    waiting = [(event.business_time.date(), event) for event in pending(history) if event.business_time]
    if not waiting or history.now is None:
        return None
    first = min(day for day, _ in waiting)
    window = Window(first, first + (days - 1) * DAY)
    if history.now < window.end + timedelta(days=matures_after):
        return None
    return window, [event for day, event in waiting if day == first]
