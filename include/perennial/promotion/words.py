"""What people and the policy's rule say of a version: recorded once, and bound to its file and its evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from perennial.context import Context
from perennial.errors import GateRefused
from perennial.hashing import digest
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.holds import Scope, refuse_if_held
from perennial.ledger.origin import is_machine
from perennial.promotion.approval import How, decisions, may_be_automatic, may_speak, needed, standing_approvals
from perennial.promotion.change import told_by
from perennial.promotion.check import Permission
from perennial.promotion.people import Makers, makers, refuse_strangers, shut_out
from perennial.promotion.stage import look, policy
from perennial.spec.authorship import spec_authors

PASSED = "it passed every gate of its tier"
"""The reason of a promotion for which no person gave one."""


def by_rule(ctx: Context, key: str, reason: str) -> Event | None:
    """Approve what the tier approves by itself; whoever gives a reason approves as a person.

    None where nothing is to be approved: a rollback, the champion, a version with all the approvals it needs.
    """
    if look(ctx, key, reason).kind != "promotion" or missing(ctx, key) == 0:
        return None
    by_hand = bool(reason) and not is_machine(ctx.chain.actor)
    how: How = "people" if by_hand else "automatic"
    return approve(ctx, key, by=ctx.chain.actor, how=how, reason=reason or PASSED)


def approve(ctx: Context, key: str, *, by: str, how: How, reason: str, at: datetime | None = None) -> Event:
    """Record who approves this model file with this verdict, and why; raises GateRefused where it would not count.

    Raises Held while promotion is held: who approves shall know why it was. `at` is when they answered, where that was
    before now.
    """
    refuse_if_held(ctx.chain, "promotion")
    permission, history = _open(ctx, key), ctx.chain.history()
    if how == "automatic":
        may_be_automatic(policy(ctx), history, permission.version)
    else:
        # In an emergency whoever is there may act: the review is what has to be independent.
        out = {} if how == "emergency" else shut(ctx, history, permission, approving=by)
        may_speak(history, permission, by, reason, out)
        if how == "people" and at is None:
            may_command(ctx, key, by)
    return _record(ctx, "approval.given", permission, by=by, how=how, reason=reason, at=at)


def reject(ctx: Context, key: str, *, by: str, reason: str, how: How = "people", at: datetime | None = None) -> Event:
    """Record who rejects this model file with this verdict, and why, with what can be done next."""
    permission, history = _open(ctx, key), ctx.chain.history()
    if how != "time-out":
        may_speak(history, permission, by, reason, {})  # whoever made it may stop it, too
    return _record(ctx, "approval.refused", permission, by=by, how=how, reason=reason, at=at)


def shut(ctx: Context, history: History, permission: Permission, approving: str | None = None) -> dict[str, str]:
    """Return who may not answer now, and why; somebody whose approval stands may repeat or take back her own word."""
    given = [event.payload["by"] for event in standing_approvals(policy(ctx), history, permission)]
    spoke = {name: "has approved it already" for name in given if name != approving}
    return shut_out(policy(ctx), made_by(ctx, history, permission.version), spoke)


def may_command(ctx: Context, key: str, by: str) -> None:
    """Raise GateRefused for a yes by command of one who is no approver; Airflow takes answers of those it asked."""
    asked = policy(ctx).approval
    if asked.by == "people":
        refuse_strangers(f"{ctx.model}: approval of {key}", asked.approvers or ctx.settings.approvers, by)


def made_by(ctx: Context, history: History, version: int) -> Makers:
    """Return who had a part in making a version, or in changing the spec since it was registered."""
    changed = not ctx.says_the_same(history.version(version)["spec_digest"])
    return makers(history, version, spec_authors(ctx.spec.folder) if changed else ())


def missing(ctx: Context, key: str) -> int:
    """Return how many approvals a version still needs."""
    history, asked = ctx.chain.history(), policy(ctx)
    return max(0, needed(asked) - len(standing_approvals(asked, history, _open(ctx, key))))


def _open(ctx: Context, key: str) -> Permission:
    """Return the permission that people decide about; what stands or goes back takes no approval."""
    permission = look(ctx, key, "to decide")
    if permission.kind == "promotion":
        return permission
    is_champion = permission.kind == "standing"
    where = "" if is_champion else f" --to {key}"
    raise GateRefused(
        f"{ctx.model}: approval of {key}",
        expected="a version that would be promoted",
        found=f"{key} is the champion" if is_champion else f"{key} served before: one person goes back to it",
        next_command=f'perennial rollback {ctx.model}{where} --reason "..."',
    )


def _record(
    ctx: Context, type_: str, permission: Permission, *, by: str, how: How, reason: str, at: datetime | None
) -> Event:
    """Record a decision once: the same word of the same person is the decision that stands already."""
    history = ctx.chain.history()
    taken = decisions(history, permission)
    if told := _repeated(taken, type_, by):
        return told
    payload: dict[str, Any] = {**permission.binding, "by": by, "how": how, "reason": reason.strip()}
    # A second process that decides the same at the same time tells the same fact.
    once = digest({**payload, "type": type_, "champion": told_by(history), "after": [event.hash for event in taken]})
    payload["answered_at"] = (at or datetime.now(UTC)).isoformat()
    if type_ == "approval.refused":
        payload["next"] = f'perennial promote {ctx.model} {version_key(permission.version)} --reason "..."'
    brake: Scope | None = "promotion" if type_ == "approval.given" else None
    return ctx.chain.record(type_, version_key(permission.version), payload, once=once, brake=brake)


def _repeated(taken: list[Event], type_: str, by: str) -> Event | None:
    """Return the word of somebody that nobody of another mind has spoken after."""
    for event in reversed(taken):
        if event.type != type_:
            return None
        if event.payload["by"] == by:
            return event
    return None
