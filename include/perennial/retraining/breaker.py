"""The circuit breaker: after so many trainings in a row that did not help, machines launch none. Pure."""

from __future__ import annotations

from perennial.ledger.claims import launches
from perennial.ledger.history import History

RESET = "breaker.reset"
JUDGED = "retraining.judged"


def failed(history: History) -> list[str]:
    """Return the claims that did not help, in a row up to now, or since a person's reset; oldest first.

    They are in a row in the order of their launches, as a promotion is judged later than a refusal. One that helped
    ends the row, and so does one of which it cannot be told: its version passed every gate and serves. One that is
    not judged yet does neither.
    """
    helped: dict[str, bool | None] = {}
    for event in history.of(JUDGED, RESET):
        if event.type == RESET:
            helped = dict.fromkeys(helped)
        else:
            helped[event.payload["claim"]] = event.payload["helped"]
    row: list[str] = []
    for launch in launches(history):
        if launch.claim in helped:
            row = [*row, launch.claim] if helped[launch.claim] is False else []
    return row
