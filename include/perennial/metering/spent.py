"""What was spent, added up from the ledger: by stage, and by retraining. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.metering.subject import RETRAINING, TYPE

LARGEST = "peak_memory"
"""Of many tries the largest counts; all else is added up."""


@dataclass(frozen=True)
class Spent:
    """Tries of tasks added up; bytes that a platform does not count are taken as none."""

    tries: int = 0
    failed: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    bytes_read: int = 0
    bytes_written: int = 0
    peak_memory: int = 0
    kwh: float = 0.0
    kg_co2e: float = 0.0

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Spent:
        """Return what one event says."""
        counted = {one.name: payload[one.name] or 0 for one in fields(cls) if one.name in payload}
        return cls(tries=1, failed=int(not payload["well"]), **counted)

    def __add__(self, other: Spent) -> Spent:
        """Add up."""
        pairs = {one.name: (getattr(self, one.name), getattr(other, one.name)) for one in fields(self)}
        return Spent(**{name: max(pair) if name == LARGEST else sum(pair) for name, pair in pairs.items()})

    @property
    def cpu_hours(self) -> float:
        """CPU time in hours."""
        return self.cpu_seconds / 3600


def spent(history: History, days: int | None, now: datetime | None) -> dict[str, Spent]:
    """Return what each stage took in the last `days` of business time, or ever; most CPU time first.

    What was spent before the first partition has no business time and counts as just now.
    """
    events = history.of(TYPE)
    if days is not None and now is not None:
        span = timedelta(days=days)
        events = [one for one in events if one.business_time is None or now - span < one.business_time <= now]
    found = _by(events, "stage")
    return dict(sorted(found.items(), key=lambda item: -item[1].cpu_seconds))


def total(parts: Iterable[Spent]) -> Spent:
    """Add up."""
    return sum(parts, Spent())


@dataclass(frozen=True)
class Retraining:
    """What the making, judging and promoting of one version took."""

    claim: str
    version: int | None
    stages: Mapping[str, Spent]

    @property
    def spent(self) -> Spent:
        """All stages together."""
        return total(self.stages.values())


def retrainings(history: History) -> list[Retraining]:
    """Return what each claim took, oldest first."""
    versions = {e.payload["claim"]: e.payload["version"] for e in history.of("candidate.registered")}
    claims = dict.fromkeys(one.payload["claim"] for one in history.of(TYPE) if one.payload["claim"])
    found = {claim: _by(of_claim(history, claim), "stage") for claim in claims}
    return [Retraining(claim, versions.get(claim), stages) for claim, stages in found.items() if stages]


def of_claim(history: History, claim: str) -> list[Event]:
    """Return the tries of making, judging and promoting one version."""
    events = history.of(TYPE)
    return [one for one in events if one.payload["claim"] == claim and one.payload["stage"] in RETRAINING]


def _by(events: Iterable[Event], name: str) -> dict[str, Spent]:
    found: dict[str, Spent] = {}
    for event in events:
        of = event.payload[name]
        found[of] = found.get(of, Spent()) + Spent.of(event.payload)
    return found
