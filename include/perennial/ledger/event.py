"""An event and the hash that links it to the event before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True)
class Draft:
    """What a stage wants remembered, before it has a place in the chain."""

    type: str
    key: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    evidence: str | None = None
    """Digest of the file in the evidence store that backs the event."""
    once: str | None = None
    """Names the fact: a second draft of the same type and name returns the first event instead."""


@dataclass(frozen=True)
class Event:
    """One link of a model's chain."""

    chain: str
    seq: int
    type: str
    key: str
    actor: str
    run: str
    business_time: datetime | None
    wall_time: datetime
    payload: Mapping[str, Any]
    evidence: str | None
    once: str | None
    previous: str
    hash: str

    def body(self) -> dict[str, Any]:
        """Return what the hash covers: everything but the hash itself."""
        return {
            "chain": self.chain,
            "seq": self.seq,
            "type": self.type,
            "key": self.key,
            "actor": self.actor,
            "run": self.run,
            "business_time": self.business_time and self.business_time.isoformat(),
            "wall_time": self.wall_time.isoformat(),
            "payload": self.payload,
            "evidence": self.evidence,
            "once": self.once,
            "previous": self.previous,
        }
