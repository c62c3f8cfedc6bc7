"""The circuit breaker: after so many trainings in a row that did not help, machines launch none. Pure."""

from __future__ import annotations

from perennial.ledger.claims import launches
from perennial.ledger.history import History

RESET = "breaker.reset"
JUDGED = "retraining.judged"


def failed(history: History) -> list[str]:
    """Return the claims that did not help since the last that did, or since a person's reset, oldest first.

    They are in a row in the order of their launches, as a promotion is judged later than a refusal. A training of
    which it cannot be told breaks no row and adds to none.
    """
    helped: dict[str, bool | None] = {}
    for event in history.of(JUDGED, RESET):
        if event.type == RESET:
            helped = dict.fromkeys(helped)
        else:
            helped[event.payload["claim"]] = event.payload["helped"]
    row: list[str] = []
    for launch in launches(history):
        word = helped.get(launch.claim)
        row = [] if word else [*row, launch.claim] if word is False else row
    return row
