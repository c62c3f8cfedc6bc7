"""Check, approve or refuse, switch: each step decides anew from the ledger, and running one twice changes nothing."""

from __future__ import annotations

from typing import Any

from perennial.context import Context
from perennial.errors import Conflict, GateRefused
from perennial.hashing import digest, sha256_of
from perennial.keys import parse_version, version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.policy import load_policy
from perennial.promotion.approval import How, approval_of_champion, decisions, may_approve, standing_approval
from perennial.promotion.check import Kind, Permission, permit
from perennial.promotion.verdicts import Present, named, validate
from perennial.registry import Versions

ALIAS = "champion"


def check(ctx: Context, key: str, reason: str | None = None) -> Permission:
    """Return the permission to make version `key` champion; raises as `permit` does."""
    history, number = ctx.chain.history(), parse_version(key)
    return permit(history, number, present(ctx, history, number), reason)


def approve(ctx: Context, key: str, *, by: str, how: How, reason: str) -> Event:
    """Record who approves this model file with this verdict, and why; raises GateRefused where it would not count.

    Going back takes the reason of a person and the approval that the tier asks for; the champion has its approval.
    """
    policy = load_policy(ctx.settings.policies, ctx.spec)
    permission, history = check(ctx, key, reason), ctx.chain.history()
    if permission.kind == "standing":
        return approval_of_champion(history)
    may_approve(policy, decisions(history, permission), permission, by=by, how=how, reason=reason)
    return _decide(ctx, "approval.given", permission, by=by, how=how, reason=reason)


def refuse(ctx: Context, key: str, *, by: str, reason: str, how: How = "people") -> Event:
    """Record who refuses this model file with this verdict, and why; what is champion already is gone back from."""
    permission = check(ctx, key, reason)
    if permission.kind == "standing":
        raise GateRefused(
            f"{ctx.model}: refusal of {key}",
            expected="a version that is not champion yet",
            found=f"{key} is the champion",
            next_command=f'perennial run {ctx.model} promote --key VERSION --reason "..."',
        )
    return _decide(ctx, "approval.refused", permission, by=by, how=how, reason=reason)


def switch(ctx: Context, key: str, *, expected_champion: int | None, reason: str, kind: Kind = "promotion") -> Event:
    """Make version `key` champion if `expected_champion` still is; returns the event that did.

    The ledger event decides; MLflow's alias follows it. Raises Conflict when the champion, or what was approved,
    changed meanwhile, GateRefused without a standing approval.
    """
    number = parse_version(key)
    now = present(ctx, ctx.chain.history(), number)

    def plan(history: History) -> dict[str, Any]:
        permission = permit(history, number, now, reason)
        _as_expected(history, permission, expected_champion, kind)
        approval = standing_approval(history, permission)
        return {
            "version": number,
            "previous": permission.champion,
            "artifact_sha256": permission.artifact_sha256,
            "verdict": permission.verdict,
            "approval": approval.hash,
            "reason": reason,
            "kind": permission.kind,
        }

    def unchanged(history: History) -> None:
        if plan(history) != planned:
            raise _conflict(history, number, "the approval that was read", "another one")

    history = ctx.chain.history()
    if history.champion == number:
        event = history.of("champion.changed")[-1]
    else:
        planned = plan(history)
        event = ctx.chain.record("champion.changed", key, planned, once=planned["approval"], guard=unchanged)
    tell_registry(ctx)
    return event


def tell_registry(ctx: Context) -> None:
    """Point MLflow's alias at the ledger's champion, until both agree."""
    versions = Versions(ctx.settings, ctx.model)
    while (champion := ctx.chain.history().champion) and versions.aliases().get(ALIAS) != champion:
        versions.set_alias(ALIAS, champion)


def present(ctx: Context, history: History, number: int) -> Present:
    """Read what is true now: the model file's own digest, today's spec and policy."""
    path = ctx.settings.artifacts / history.version(number)["artifact"]["path"]
    policy = load_policy(ctx.settings.policies, ctx.spec)
    return Present(sha256_of(path) if path.is_file() else "no such file", ctx.spec.digest, policy.digest)


def _decide(ctx: Context, type_: str, permission: Permission, *, by: str, how: How, reason: str) -> Event:
    """Record a decision once: the same word of the same person is the decision that stands already."""
    taken = decisions(ctx.chain.history(), permission)
    if taken and (taken[-1].type, taken[-1].payload["by"]) == (type_, by):
        return taken[-1]
    payload = {
        "version": permission.version,
        "artifact_sha256": permission.artifact_sha256,
        "verdict": permission.verdict,
        "by": by,
        "how": how,
        "reason": reason,
    }
    # A second process that decides the same at the same time tells the same fact.
    once = digest({**payload, "champion": permission.champion, "after": [event.hash for event in taken]})
    return ctx.chain.record(type_, version_key(permission.version), payload, once=once)


def _as_expected(history: History, permission: Permission, champion: int | None, kind: Kind) -> None:
    if permission.champion != champion:
        now = f"champion {named(history.champion)}"
        raise _conflict(history, permission.version, f"champion {named(champion)}", now)
    if permission.kind != kind:
        raise _conflict(history, permission.version, f"a {kind}", f"a {permission.kind}")


def _conflict(history: History, version: int, expected: str, found: str) -> Conflict:
    return Conflict(
        f"{history.chain}: switch to {version_key(version)}",
        expected=expected,
        found=found,
        next_command=validate(history, version),
    )
