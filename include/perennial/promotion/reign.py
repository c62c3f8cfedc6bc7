"""Who was champion, and after what a machine goes no further. Pure."""

from __future__ import annotations

from perennial.errors import GateRefused
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History

UNDONE = ("rollback", "withdrawal")


def served(history: History) -> list[int]:
    """Return the versions that were champion by right, in the order in which they last became it.

    An emergency promotion that nobody else agreed to is none to go back to.
    """
    agreed = {event.payload["change"] for event in history.of("emergency.reviewed") if event.payload["agrees"]}
    changes = [e for e in history.of("champion.changed") if e.payload["kind"] != "emergency" or e.hash in agreed]
    order = {event.payload["version"]: event.seq for event in changes if event.payload["version"]}
    return sorted(order, key=lambda version: order[version])


def one_before(history: History) -> int | None:
    """Return the version that a rollback goes to when none is named: the last older one that served, not retired."""
    champion = history.champion
    older = [one for one in served(history) if champion and one < champion and not history.retirement(one)]
    return older[-1] if older else None


def default_target(history: History) -> int:
    """Return the same; raises GateRefused where there is none."""
    target = one_before(history)
    if target is None:
        found = f"champion {version_key(history.champion)}" if history.champion else "no champion"
        raise GateRefused(
            f"{history.chain}: rollback",
            expected="an older version that was champion and is not retired",
            found=f"{found}, and none before it",
            next_command=f"perennial history {history.chain}",
        )
    return target


def stop(history: History, version: int) -> Event | None:
    """Return the word of a person after which only a person goes on with a version, or None.

    A rollback stops every version, as what had passed all gates did not serve; a rejection stops its version. A
    person's approval of the version lifts both.
    """
    for event in reversed(history.events):
        if event.type == "champion.changed" and event.payload["kind"] in UNDONE:
            return event
        if event.type == "champion.changed":
            return _rejection(history, version)
        if _speaks_of(event, version):
            return event if event.type == "approval.refused" else None
    return None


def _rejection(history: History, version: int) -> Event | None:
    words = [event for event in history.of("approval.given", "approval.refused") if _speaks_of(event, version)]
    return words[-1] if words and words[-1].type == "approval.refused" else None


def _speaks_of(event: Event, version: int) -> bool:
    if event.type not in {"approval.given", "approval.refused"} or event.payload["version"] != version:
        return False
    return bool(event.payload["how"] != "automatic")
