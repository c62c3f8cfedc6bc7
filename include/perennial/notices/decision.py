"""Is a notice sent now, later, or not again; what is due of those that wait; what escalates. Pure, in wall time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from perennial.notices.notice import Notice
from perennial.notices.quiet import quiet_until
from perennial.notices.state import Cause, Message, Name, State
from perennial.spec.notices import Kind, Notices, Severity

URGENCY: Sequence[Severity] = ("info", "warning", "urgent")
CLAIM = timedelta(minutes=10)
"""How long whoever raised a message has to send it, before somebody else does."""
WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 180, 360, 720))
"""Until a message that was not taken is tried again; after the last it is given up."""
CROWD, CROWD_TIME = 5, timedelta(hours=1)
"""So many messages of one kind are sent one by one in this time; further ones come together after it."""

NEWS: Sequence[Kind] = ("hold", "approval")
"""Kinds that tell what people did or are asked: no cause that could be over, so none that escalates."""


@dataclass(frozen=True)
class Decision:
    """What becomes of a notice: sent (`why` is empty), or held back; `due` is when the message is sent (again)."""

    step: str
    """`first`, or `again` where its cause stood already."""
    severity: Severity
    why: str
    due: datetime | None


def decide(rules: Notices, notice: Notice, state: State, now: datetime, *, reachable: bool) -> Decision:
    """Decide about a notice; `reachable` tells whether there is anybody to tell."""
    severity = rules.kinds.get(notice.kind, notice.severity)
    if severity == "mute":
        return Decision("first", notice.severity, "mute", None)
    cause = state.causes.get((notice.kind, notice.key))
    step = "again" if cause else "first"
    if cause and _repeats(cause, severity, rules, now, reachable=reachable):
        return Decision(step, severity, "repeats", None)
    if not reachable:
        return Decision(step, severity, "nobody to tell", None)
    if severity != "urgent" and (until := quiet_until(rules, now)):
        return Decision(step, severity, "quiet hours", until)
    if severity != "urgent" and (until := _crowded_until(state, notice.kind, now)):
        return Decision(step, severity, "too many", until)
    return Decision(step, severity, "", now + CLAIM)


def due_messages(rules: Notices, state: State, now: datetime) -> list[Message]:
    """Return the messages whose time has come, oldest first."""
    quiet = quiet_until(rules, now) is not None
    return [one for one in state.waiting.values() if one.due <= now and (one.severity == "urgent" or not quiet)]


def to_escalate(rules: Notices, state: State, now: datetime) -> list[tuple[Name, Cause]]:
    """Return the causes that stand for too long since people were told of them, and have not escalated yet.

    Where there is nobody but those they escalate to, what stands counts from its beginning.
    """
    if not rules.escalate_to:
        return []
    quiet = quiet_until(rules, now) is not None
    return [
        (name, cause)
        for name, cause in state.causes.items()
        if cause.severity != "info"
        and name[0] not in NEWS
        and not cause.escalated
        and (heard := cause.told or (cause.since if cause.nobody else None))
        and heard + rules.escalate_after <= now
        and (cause.severity == "urgent" or not quiet)
    ]


def next_try(attempt: int, now: datetime) -> datetime | None:
    """Return when a message is tried again that was not taken at its `attempt` (from 1); None: it is given up."""
    return now + WAITS[attempt - 1] if attempt <= len(WAITS) else None


def _repeats(cause: Cause, severity: Severity, rules: Notices, now: datetime, *, reachable: bool) -> bool:
    """Tell whether people know it already: told not long ago, as urgent as now, and there was somebody to tell."""
    if URGENCY.index(severity) > URGENCY.index(cause.severity) or (cause.nobody and reachable):
        return False
    return now - cause.raised < rules.repeat_after


def _crowded_until(state: State, kind: str, now: datetime) -> datetime | None:
    recent = [at for one, at in state.raised if one == kind and now - at < CROWD_TIME]
    return min(recent) + CROWD_TIME if len(recent) >= CROWD else None
