"""Waivers: a named person lets a candidate past one gate, for a reason, until a day. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from perennial.ledger.history import History


@dataclass(frozen=True)
class Waiver:
    """A waiver that was granted; `event` is the hash of the ledger event that grants it."""

    gate: str
    by: str
    reason: str
    until: datetime
    event: str


def waivers_in_force(history: History, now: datetime) -> dict[str, Waiver]:
    """Return the newest waiver of each gate that has not expired; `now` is wall time, a person's own."""
    granted = {event.payload["gate"]: event for event in history.of("waiver.granted")}
    read = {
        gate: Waiver(
            gate,
            event.payload["by"],
            event.payload["reason"],
            datetime.fromisoformat(event.payload["until"]),
            event.hash,
        )
        for gate, event in granted.items()
    }
    return {gate: waiver for gate, waiver in read.items() if waiver.until > now}
