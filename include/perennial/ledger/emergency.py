"""An emergency promotion stands only if a second person agrees in time. Pure."""

from __future__ import annotations

from datetime import datetime

from perennial.ledger.event import Event
from perennial.ledger.history import History


def unconfirmed(history: History) -> Event | None:
    """Return the emergency promotion that made the present champion, while nobody has agreed to it."""
    change = history.last("champion.changed")
    if change is None or change.payload["kind"] != "emergency":
        return None
    word = review(history, change)
    return None if word and word.payload["agrees"] else change


def review(history: History, change: Event) -> Event | None:
    """Return what the second person said of an emergency promotion."""
    return next((e for e in history.of("emergency.reviewed") if e.payload["change"] == change.hash), None)


def is_lost(history: History, change: Event, now: datetime) -> bool:
    """Tell whether an unconfirmed promotion is to be undone: rejected, or not reviewed by `now`, wall time."""
    return review(history, change) is not None or now >= datetime.fromisoformat(change.payload["review_by"])
