"""Does a chain hold? A pure check of its links and of its signed end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from perennial.hashing import digest
from perennial.ledger.event import GENESIS, Event
from perennial.ledger.signing import Head


@dataclass(frozen=True)
class Break:
    """The first place where a chain does not hold."""

    chain: str
    seq: int
    what: str


def first_break(
    chain: str, events: Sequence[Event], head: Head | None, upcoming: Head | None, trusts: Callable[[Head], bool]
) -> Break | None:
    """Return the first broken link of the chain, or None when it holds.

    `head` and `upcoming` are the signed heads kept outside the database; `trusts` checks a signature.
    """
    return _links(chain, events) or _ends(chain, events, head, upcoming, trusts)


def _links(chain: str, events: Sequence[Event]) -> Break | None:
    previous = GENESIS
    for place, event in enumerate(events, start=1):
        if event.seq != place:
            return Break(chain, place, f"removed: event {place} is missing, event {event.seq} follows")
        if event.hash != digest(event.body()):
            return Break(chain, place, "changed: the content no longer has the hash that was recorded with it")
        if event.previous != previous:
            return Break(chain, place, "inserted or reordered: it does not follow the event before it")
        previous = event.hash
    return None


def _ends(
    chain: str, events: Sequence[Event], head: Head | None, upcoming: Head | None, trusts: Callable[[Head], bool]
) -> Break | None:
    last = len(events)
    for signed in (head, upcoming):
        if signed and not trusts(signed):
            return Break(chain, signed.seq, "the head kept outside the database is not signed by our key")
    if head and last < head.seq:
        return Break(chain, last + 1, f"cut: the signed head stands at event {head.seq}, the chain ends at {last}")
    if head and events[head.seq - 1].hash != head.hash:
        return Break(chain, head.seq, "rewritten: the signed head names another hash for this event")
    if last and not any(h and (h.seq, h.hash) == (last, events[-1].hash) for h in (head, upcoming)):
        return Break(chain, (head.seq if head else 0) + 1, "added behind our back: no signed head covers it")
    return None
