"""Trainings that were launched: each is a claim, t1, t2, ..., and how it ended. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from perennial.keys import Window
from perennial.ledger.event import Event
from perennial.ledger.history import History

ABANDONED = "retraining.abandoned"


@dataclass(frozen=True)
class Launch:
    """A training that was decided on: its claim, its window, when, and what came of it."""

    claim: str
    window: Window
    at: datetime | None
    """Business time."""
    since: datetime
    """Wall time."""
    run: str
    """Which run decided on it."""
    frozen: bool = False
    """Tells whether its training set is there: somebody works on it."""
    version: int | None = None
    registered: datetime | None = None
    """Wall time."""
    abandoned: bool = False

    @property
    def ended(self) -> bool:
        """Tell whether another one may be launched."""
        return self.version is not None or self.abandoned


def launches(history: History) -> list[Launch]:
    """Return every training that was launched, oldest first."""
    made = {event.payload["claim"]: event for event in history.of("candidate.registered")}
    frozen = {event.payload["claim"] for event in history.of("snapshot.frozen")}
    given_up = abandoned(history)
    return [
        _launch(event, made.get(claim), frozen=claim in frozen, abandoned=claim in given_up)
        for event in history.of("retraining.decided")
        if event.payload["launch"]
        for claim in [event.payload["claim"]]
    ]


def abandoned(history: History) -> dict[str, Event]:
    """Return the claims that a person has given up, with the event that says so."""
    return {event.payload["claim"]: event for event in history.of(ABANDONED)}


def _launch(event: Event, made: Event | None, *, frozen: bool, abandoned: bool) -> Launch:
    return Launch(
        claim=event.payload["claim"],
        window=Window.parse(event.payload["window"]),
        at=event.business_time,
        since=event.wall_time,
        run=event.run,
        frozen=frozen,
        version=made.payload["version"] if made else None,
        registered=made.wall_time if made else None,
        abandoned=abandoned,
    )
