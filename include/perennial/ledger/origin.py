"""Who asked for a version's training. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from perennial.ledger.history import History

MACHINES = frozenset({"airflow", "triage", "nobody"})
"""Actors that are no people: runs that an asset, a schedule or the clock has woken, rules, time-outs."""


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
    return [name for name in dict.fromkeys(names) if name not in MACHINES]
