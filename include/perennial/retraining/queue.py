"""The retraining queue as the ledger tells it: requests still open, trainings launched. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from perennial.keys import Window
from perennial.ledger import requests
from perennial.ledger.event import Event
from perennial.ledger.history import History


@dataclass(frozen=True)
class Request:
    """Somebody or something asks for a new version."""

    id: str
    cause: str
    reason: str


@dataclass(frozen=True)
class Launch:
    """A training that was decided on: its claim, its window, when in business time, and whether it has ended."""

    claim: str
    window: Window
    at: datetime | None
    ended: bool


def open_requests(history: History) -> list[Request]:
    """Return the requests that no decision has closed, oldest first."""
    closed = {
        request
        for event in history.of("retraining.decided")
        if event.payload["outcome"] != "wait"
        for request in event.payload["requests"]
    }
    asked = [_request(event) for event in history.of(requests.TYPE)]
    return [request for request in asked if request.id not in closed]


def launches(history: History) -> list[Launch]:
    """Return every training that was launched, oldest first."""
    registered = {event.payload["claim"] for event in history.of("candidate.registered")}
    return [
        Launch(
            event.payload["claim"],
            Window.parse(event.payload["window"]),
            event.business_time,
            event.payload["claim"] in registered,
        )
        for event in history.of("retraining.decided")
        if event.payload["launch"]
    ]


def _request(event: Event) -> Request:
    return Request(f"{event.type}:{event.once}", event.payload["cause"], event.payload["reason"])
