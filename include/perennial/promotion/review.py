"""A second person looks at an emergency promotion in time, or it is undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from perennial.context import Context
from perennial.errors import GateRefused
from perennial.keys import parse_version, version_key
from perennial.ledger.emergency import is_lost, review, unconfirmed
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.promotion.approval import may_speak
from perennial.promotion.change import UNDONE, changed, withdrawn
from perennial.promotion.check import Permission
from perennial.promotion.emergency_notice import emergency_over, is_told
from perennial.promotion.people import shut_out
from perennial.promotion.reign import one_before
from perennial.promotion.stage import policy, present, tell_registry
from perennial.promotion.verdicts import named, verdict_of_its_time
from perennial.promotion.words import made_by, may_command

NOBODY = "nobody"


def record_review(ctx: Context, key: str, *, by: str, agrees: bool, reason: str, at: datetime | None = None) -> Event:
    """Record what a second person says of an emergency promotion; a rejection undoes it at once.

    Raises GateRefused where there is none to review, when a yes comes too late or from somebody who had a part in it.
    """
    history, answered = ctx.chain.history(), at or datetime.now(UTC)
    change = to_review(history, key)
    may_speak(history, _of(change), by, reason, may_not_review(ctx, history, change) if agrees else {})
    if agrees and at is None:
        may_command(ctx, key, by)
    told = {"version": change.payload["version"], "change": change.hash, "agrees": agrees, "by": by, "reason": reason}
    payload = {**told, "answered_at": answered.isoformat()}
    guard = _in_time(change, answered) if agrees else _waiting(change)
    event = ctx.chain.record("emergency.reviewed", key, payload, once=change.hash, guard=guard)
    if event.payload["agrees"]:
        emergency_over(ctx, change, f"{event.payload['by']} agreed: {event.payload['reason']}")
    else:
        undo(ctx, change, by=event.payload["by"], reason=event.payload["reason"])
    return event


def undo_overdue(ctx: Context) -> Event | None:
    """Undo an emergency promotion that was rejected, or that nobody agreed to in time; None where there is none."""
    history = ctx.chain.history()
    change = unconfirmed(history)
    if change is None:
        return finish_undoing(ctx, history)
    if not is_lost(history, change, datetime.now(UTC)):
        return None
    if word := review(history, change):
        return undo(ctx, change, by=word.payload["by"], reason=word.payload["reason"])
    until = datetime.fromisoformat(change.payload["review_by"])
    reason = f"nobody agreed to the emergency promotion by {until:%Y-%m-%d %H:%M} UTC"
    return undo(ctx, change, by=NOBODY, reason=reason)


def undo(ctx: Context, change: Event, *, by: str, reason: str) -> Event:
    """Go back from an emergency promotion to the version before it, or to no champion where none may serve."""
    history, number = ctx.chain.history(), change.payload["version"]
    planned = _planned(ctx, history, number, by, reason)
    key, once = version_key(planned["version"] or number), UNDONE + change.hash
    event = ctx.chain.record("champion.changed", key, planned, once=once, guard=_waiting(change))
    tell_registry(ctx)
    emergency_over(ctx, change, f"it was undone: {reason}")
    return event


def finish_undoing(ctx: Context, history: History) -> Event | None:
    """Tell MLflow and people of an undoing after which a crash kept that back; None where nothing was kept back."""
    event = history.last("champion.changed")
    undone = (event.once or "").removeprefix(UNDONE) if event else ""
    change = next((one for one in history.of("champion.changed") if one.hash == undone), None)
    if event is None or change is None or not is_told(ctx, change):
        return None
    tell_registry(ctx)
    emergency_over(ctx, change, f"it was undone: {event.payload['reason']}")
    return event


def to_review(history: History, key: str) -> Event:
    """Return the emergency promotion of a version that waits for a review; raises GateRefused for none."""
    change = unconfirmed(history)
    if change is None or change.payload["version"] != parse_version(key) or review(history, change):
        raise _none_to_review(history, key)
    return change


def may_not_review(ctx: Context, history: History, change: Event) -> dict[str, str]:
    """Return who may not agree to an emergency promotion, and why."""
    spoke = dict.fromkeys(change.payload["by"], "promoted it")
    return shut_out(policy(ctx), made_by(ctx, history, change.payload["version"]), spoke)


def _planned(ctx: Context, history: History, number: int, by: str, reason: str) -> dict[str, Any]:
    """Return the change that undoes; what nobody agreed to does not go on because the file before it was lost."""
    target = one_before(history)
    if target is None:
        return withdrawn(number, by=by, reason=reason)
    try:
        return _back(ctx, history, target, by, reason)
    except GateRefused:
        why = f"{reason}; {version_key(target)} cannot serve: its file is not the one that passed"
        return withdrawn(number, by=by, reason=why)


def _back(ctx: Context, history: History, target: int, by: str, reason: str) -> dict[str, Any]:
    """Return the change to an older version: it takes its unchanged file, and the verdict of its time."""
    verdict = verdict_of_its_time(history, target, present(ctx, history, target))
    file = history.version(target)["artifact"]["sha256"]
    permission = Permission(target, "rollback", history.champion, file, verdict.hash, verdict.evidence)
    return changed(permission, "rollback", by=[by], reason=reason)


def _of(change: Event) -> Permission:
    told = {name: change.payload[name] for name in ("version", "artifact_sha256", "verdict", "evidence")}
    return Permission(kind="standing", champion=told["version"], **told)


def _waiting(change: Event) -> Callable[[History], None]:
    def guard(history: History) -> None:
        found = unconfirmed(history)
        if found is None or found.hash != change.hash:
            raise _none_to_review(history, version_key(change.payload["version"]))

    return guard


def _in_time(change: Event, answered: datetime) -> Callable[[History], None]:
    def guard(history: History) -> None:
        _waiting(change)(history)
        if is_lost(history, change, answered):
            raise _none_to_review(history, version_key(change.payload["version"]))

    return guard


def _none_to_review(history: History, key: str) -> GateRefused:
    change = history.last("champion.changed")
    until = f", to be reviewed by {change.payload['review_by'][:16]}" if change and change.payload["review_by"] else ""
    kind = change.payload["kind"] if change else "none"
    return GateRefused(
        f"{history.chain}: review of {key}",
        expected="an emergency promotion of it that waits for a review, in time",
        found=f"champion {named(history.champion)} by {kind}{until}",
        next_command=f"perennial history {history.chain}",
    )
