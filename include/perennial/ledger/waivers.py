"""Waivers that people took back: what validation, promotion and the records read alike. Pure."""

from __future__ import annotations

from perennial.ledger.event import Event
from perennial.ledger.history import History

GRANTED, REVOKED = "waiver.granted", "waiver.revoked"


def revoked(history: History) -> dict[str, Event]:
    """Return what took a waiver back, by the hash of the event that granted it."""
    return {waiver: event for event in history.of(REVOKED) for waiver in event.payload["waivers"]}


def said(revocation: Event) -> str:
    """Write who took a waiver back, when and why."""
    told = revocation.payload
    return f"revoked {revocation.wall_time:%Y-%m-%d %H:%M} UTC by {told['by']}: {told['reason']}"
