"""What is due for a question that waits for people: a reminder, an escalation, its end. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from perennial.ledger.event import Event
from perennial.policy import Approval

Step = Literal["approval.reminded", "approval.escalated", "time-out"]


def deadlines(approval: Approval, now: datetime) -> dict[str, str]:
    """Return when a question that is asked now is due for what; wall time, as people live by it."""
    return {
        "remind_at": (now + approval.remind_after).isoformat(),
        "escalate_at": (now + approval.escalate_after).isoformat(),
        "until": (now + approval.answer_within).isoformat(),
    }


def due(question: Event, told: Collection[str], now: datetime) -> Step | None:
    """Return the next step that is due; `told` are the types of those that were taken."""
    steps: list[tuple[str, Step]] = [
        ("remind_at", "approval.reminded"),
        ("escalate_at", "approval.escalated"),
        ("until", "time-out"),
    ]
    return next((step for at, step in steps if step not in told and now >= _time(question, at)), None)


def next_at(question: Event, now: datetime) -> datetime:
    """Return when the question is looked at again: at the first of its times that is still to come."""
    times = [_time(question, name) for name in ("remind_at", "escalate_at", "until")]
    return min((at for at in times if at > now), default=now)


def _time(question: Event, name: str) -> datetime:
    said: Any = question.payload[name]
    return datetime.fromisoformat(said)
