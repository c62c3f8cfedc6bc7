"""What a monitor says of a window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

MonitorName = Literal[
    "upstream", "contract", "freshness", "online", "skew", "drift", "performance", "estimate", "fairness"
]
Verdict = Literal["ok", "watch", "alarm", "insufficient_data"]
FAILED = "the monitor failed"
"""What the sentence of a monitor begins with that could not look."""


@dataclass(frozen=True)
class Result:
    """One monitor's verdict on a window, with the figures that it rests on."""

    monitor: MonitorName
    verdict: Verdict
    why: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    """Plain JSON values."""
    at_fault: tuple[str, ...] = ()
    """What it points at: table.column of a source, columns, slices, groups."""
    evidence: Mapping[str, str] = field(default_factory=dict)
    """Digests of kept files by what they are: html, json, table."""

    def to_dict(self) -> dict[str, Any]:
        """Return what the ledger keeps of it."""
        return {**asdict(self), "at_fault": list(self.at_fault)}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Result:
        """Read what the ledger kept."""
        return cls(**{**kept, "at_fault": tuple(kept["at_fault"])})
