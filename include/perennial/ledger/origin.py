"""Who people are by their names, and who asked for a version's training. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from perennial.ledger.history import History

MACHINES = frozenset({"airflow", "triage", "nobody", "perennial"})
"""Actors that are no people: runs that an asset, a schedule or the clock has woken, rules, time-outs, and the account
of the containers, in which everybody's commands would run under one name."""


def is_machine(name: str) -> bool:
    """Tell whether a name is no person's: a machine's, in whatever letters, or none at all."""
    return _plain(name) in {"", *MACHINES}


def same_person(one: str, other: str) -> bool:
    """Tell whether two names are taken for one person's: letters' case and encoding aside, ann for ann@example.org too.

    Two addresses are two people, unless they are equal.
    """
    first, second = _plain(one), _plain(other)
    if ("@" in first) != ("@" in second):
        first, second = first.partition("@")[0], second.partition("@")[0]
    return first == second


def asked_by(history: History, claim: str) -> list[str]:
    """Name the people behind a claim: who left its requests, who launched it, who froze its training set."""
    decided = [event for event in history.of("retraining.decided") if event.payload.get("claim") == claim]
    wanted = {request for event in decided for request in event.payload["requests"]}
    asked = [event for event in history.of("retraining.requested") if f"{event.type}:{event.once}" in wanted]
    frozen = [event for event in history.of("snapshot.frozen") if event.payload["claim"] == claim]
    names = [*(event.payload["by"] for event in asked), *(event.actor for event in (*decided, *frozen))]
    return people(names)


def people(names: Iterable[str]) -> list[str]:
    """Return the names that are people's, each once."""
    return [name for name in dict.fromkeys(names) if not is_machine(name)]


def _plain(name: str) -> str:
    """Return a name as it is compared: accents may be one character or two, letters wide or narrow."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()
