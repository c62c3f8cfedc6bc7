"""What the events of one chain add up to: partitions, versions, champion. A pure fold, nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from perennial.errors import GateRefused
from perennial.keys import DAY, start_of, version_key
from perennial.lake.partitions import Partition
from perennial.ledger.event import Event

TABLE_EVENTS = ("raw.written", "features.written", "predictions.published")
"""Events whose payload has `tables`: {table: {day: {sha256, rows}}}; the newest one of a day is current."""


@dataclass(frozen=True)
class History:
    """The events of one chain in order, and the questions that stages ask of them."""

    chain: str
    events: Sequence[Event]

    def of(self, *types: str) -> list[Event]:
        """Return the events of these types, oldest first."""
        return [event for event in self.events if event.type in types]

    def last(self, type_: str, key: str | None = None) -> Event | None:
        """Return the newest event of a type (and key)."""
        hits = (e for e in reversed(self.events) if e.type == type_ and key in (None, e.key))
        return next(hits, None)

    def partitions(self, table: str) -> dict[date, Partition]:
        """Return the current partition of each day of a table (its full name in the lake)."""
        current: dict[date, Partition] = {}
        for event in self.of(*TABLE_EVENTS):
            for day, kept in event.payload["tables"].get(table, {}).items():
                current[date.fromisoformat(day)] = Partition(
                    table, date.fromisoformat(day), kept["sha256"], kept["rows"]
                )
        return dict(sorted(current.items()))

    def tables(self) -> list[str]:
        """Name every table that has a partition."""
        return sorted({table for event in self.of(*TABLE_EVENTS) for table in event.payload["tables"]})

    @property
    def newest_day(self) -> date | None:
        """The newest day that was ingested."""
        days = [event.payload["last"] for event in self.of("raw.written")]
        return date.fromisoformat(max(days)) if days else None

    @property
    def now(self) -> datetime | None:
        """Business time: the end of the newest partition."""
        return start_of(self.newest_day + DAY) if self.newest_day else None

    @property
    def champion(self) -> int | None:
        """The version whose scores are published; None before the first, and after one was withdrawn."""
        event = self.last("champion.changed")
        return event.payload["version"] if event else None

    def champion_at(self, moment: datetime) -> Event | None:
        """Return the event that made the champion of a wall-clock moment."""
        hits = [event for event in self.of("champion.changed") if event.wall_time <= moment]
        return hits[-1] if hits else None

    @property
    def versions(self) -> list[int]:
        """Every version that was ever registered, oldest first."""
        return [event.payload["version"] for event in self.of("candidate.registered")]

    def version(self, number: int) -> Mapping[str, Any]:
        """Return what was recorded when a version was registered; raises GateRefused when there is none."""
        event = self.last("candidate.registered", version_key(number))
        if event is None:
            known = ", ".join(map(version_key, self.versions)) or "none yet"
            raise GateRefused(
                f"{self.chain}: version {version_key(number)}",
                expected=f"a registered version ({known})",
                found="no such version in the ledger",
                next_command=f"perennial history {self.chain}",
            )
        return event.payload

    def verdict(self, number: int) -> Event | None:
        """Return the newest verdict on a version."""
        return self.last("verdict.given", version_key(number))

    def retirement(self, number: int) -> Event | None:
        """Return the event that retired a version, or None while it may serve."""
        return self.last("version.retired", version_key(number))
