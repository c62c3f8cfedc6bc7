"""Which holds stand: a fold over the events of a chain, and the refusal of what is held. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from perennial.errors import Held
from perennial.ledger.event import Event

Scope = Literal["scoring", "training", "promotion"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
PLACED, LIFTED = "hold.placed", "hold.lifted"
EVERY_MODEL = "all-models"
"""The chain of the holds of all models; no model can have this name."""


@dataclass(frozen=True)
class Hold:
    """A brake that somebody put on; it stands until a person lifts it."""

    chain: str
    number: int
    """Number of its event in the chain: what it is lifted by where several stand."""
    scopes: frozenset[Scope]
    reason: str
    by: str
    since: datetime

    def __str__(self) -> str:
        """Say who holds what, since when, and why."""
        scopes = ", ".join(scope for scope in SCOPES if scope in self.scopes)
        who = f"by {self.by} since {self.since:%Y-%m-%d %H:%M} UTC"
        return f"{self.chain}: hold {self.number} of {scopes} {who}: {self.reason}"


def standing(events: Iterable[Event]) -> list[Hold]:
    """Return the holds of a chain that nobody has lifted, oldest first; one for each reason, whatever its scopes."""
    holds: dict[str, Hold] = {}
    for event in events:
        if event.type == PLACED:
            placed = _hold(event)
            known = holds.get(placed.reason, placed)
            holds[placed.reason] = replace(known, scopes=known.scopes | placed.scopes)
        elif event.type == LIFTED:
            holds = {reason: one for reason, one in holds.items() if one.number not in event.payload["holds"]}
    return list(holds.values())


def refuse_held(model: str, scope: Scope, holds: Sequence[Hold]) -> None:
    """Raise Held where one of the holds covers the scope."""
    found = [hold for hold in holds if scope in hold.scopes]
    if found:
        name = "--all" if all(hold.chain == EVERY_MODEL for hold in found) else model
        raise Held(
            f"{model}: {scope}",
            expected=f"no hold of {scope}",
            found="; ".join(map(str, found)),
            next_command=f'perennial release {name} --reason "..."',
        )


def _hold(event: Event) -> Hold:
    told = event.payload
    return Hold(event.chain, event.seq, frozenset(told["scopes"]), told["reason"], told["by"], event.wall_time)
