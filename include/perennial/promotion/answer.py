"""Questions and answers as they go between Airflow and the ledger; an answer that does not count is told, too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from perennial.context import Context
from perennial.errors import ArtifactUntrusted, Conflict, GateRefused, Held, PerennialError
from perennial.hashing import digest
from perennial.ledger.event import Event

LOST = (GateRefused, ArtifactUntrusted, Conflict, Held)
"""What makes an answer void."""


@dataclass(frozen=True)
class Answer:
    """What somebody answered, and when."""

    by: str
    yes: bool
    reason: str
    at: datetime


def void(ctx: Context, question: Event, said: Answer, error: PerennialError) -> Event:
    """Record an answer that did not count, and why."""
    at = said.at.isoformat()
    told = {"asked": question.hash, "by": said.by, "yes": said.yes, "reason": said.reason, "answered_at": at}
    payload = {**told, "why": f"expected {error.expected}; found {error.found}"}
    return ctx.chain.record("approval.void", question.key, payload, once=digest(told))
