"""The retraining queue as the ledger tells it: requests still open, launches that nobody has heard of. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from perennial.ledger import requests
from perennial.ledger.claims import Launch, abandoned, launches
from perennial.ledger.event import Event
from perennial.ledger.history import History

UNHEARD = timedelta(minutes=15)
"""A launch whose training set is not frozen by then is announced again: the run that announced it may have died."""


@dataclass(frozen=True)
class Request:
    """Somebody or something asks for a new version."""

    id: str
    cause: str
    reason: str


def open_requests(history: History) -> list[Request]:
    """Return the requests that no decision has closed, oldest first; those of an abandoned training are open again."""
    closed, given_up = set(), abandoned(history)
    for event in history.of("retraining.decided"):
        if event.payload["outcome"] != "wait" and event.payload["claim"] not in given_up:
            closed.update(event.payload["requests"])
    asked = [_request(event) for event in history.of(requests.TYPE)]
    return [request for request in asked if request.id not in closed]


def unheard(history: History, run: str, now: datetime) -> list[Launch]:
    """Return the launches to announce: those of this very run, and old ones that nobody works on; `now` is wall time.

    A run that dies between its decision and its asset event so loses nothing: its next try, or a later run, tells.
    """
    waiting = [one for one in launches(history) if not one.ended and not one.frozen]
    return [one for one in waiting if one.run == run or now >= one.since + UNHEARD]


def undecided(history: History) -> bool:
    """Tell whether a request is open that no decision, not even one to wait, has spoken of."""
    told = {one for event in history.of("retraining.decided") for one in event.payload["requests"]}
    return any(request.id not in told for request in open_requests(history))


def _request(event: Event) -> Request:
    return Request(f"{event.type}:{event.once}", event.payload["cause"], event.payload["reason"])
