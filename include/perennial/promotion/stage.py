"""Check and switch: each step decides anew from the ledger, and running one twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from perennial.context import Context
from perennial.hashing import digest, sha256_of
from perennial.keys import parse_version
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.holds import Scope, refuse_if_held
from perennial.policy import Policy, load_policy, policy_of
from perennial.promotion.approval import approved, tier_left
from perennial.promotion.binding import evidence_of
from perennial.promotion.change import as_expected, changed, conflict, told_by
from perennial.promotion.check import Kind, Permission, permit
from perennial.promotion.emergency_notice import others_over
from perennial.promotion.features import refuse_lost_features
from perennial.promotion.verdicts import Present, given_on
from perennial.registry import Versions

ALIAS = "champion"
Plan = Callable[[History], dict[str, Any]]


def check(ctx: Context, key: str, reason: str | None = None) -> Permission:
    """Return the permission to make version `key` champion; raises as `permit` does, and Held."""
    permission = look(ctx, key, reason)
    if permission.kind == "promotion":
        refuse_if_held(ctx.chain, "promotion")
    return permission


def look(ctx: Context, key: str, reason: str | None = None) -> Permission:
    """Return the same, while promotion is held, too: for what does not promote."""
    history, number = ctx.chain.history(), parse_version(key)
    return permit(history, number, present(ctx, history, number), reason)


def switch(ctx: Context, key: str, *, expected_champion: int | None, reason: str, kind: Kind = "promotion") -> Event:
    """Make version `key` champion if `expected_champion` still is; returns the event that did.

    The ledger event decides; MLflow's alias follows it. A promotion takes the approvals that the policy asks for, a
    rollback one person with a reason. Raises Conflict when the champion, or what was approved, changed meanwhile,
    GateRefused while approvals are missing, Held while promotion is held. A hold stops what is new, never the way
    back: a rollback, and the end of an emergency, go on under it.
    """
    history, number = ctx.chain.history(), parse_version(key)
    if history.champion == number:
        return tell(ctx, history.of("champion.changed")[-1])
    if kind == "rollback":
        refuse_lost_features(ctx, history, number)
    now, asked = present(ctx, history, number), policy(ctx)

    def plan(history: History) -> dict[str, Any]:
        permission = permit(history, number, now, reason)
        as_expected(history, permission, expected_champion, kind)
        if permission.kind == "rollback":
            return changed(permission, "rollback", by=[ctx.chain.actor], reason=reason)
        words = approved(asked, history, permission)
        by = [word.payload["by"] for word in words]
        return changed(permission, "promotion", by=by, reason=reason, approvals=words)

    return make_champion(ctx, key, plan)


def make_champion(ctx: Context, key: str, plan: Plan) -> Event:
    """Record what `plan` makes of the history, if it makes the same of it under the ledger's lock; then tell MLflow."""
    history = ctx.chain.history()
    planned = plan(history)

    def unchanged(history: History) -> None:
        if plan(history) != planned:
            raise conflict(history, parse_version(key), "the approvals that were read", "others")

    once = digest({**planned, "after": told_by(history)})
    brake: Scope | None = None if planned["kind"] == "rollback" else "promotion"
    event = ctx.chain.record("champion.changed", key, planned, once=once, guard=unchanged, brake=brake)
    return tell(ctx, event)


def tell(ctx: Context, change: Event) -> Event:
    """Tell MLflow and people what a change of the champion means, also again after a crash; returns the change."""
    tell_registry(ctx)
    others_over(ctx, change)
    return change


def tell_registry(ctx: Context) -> None:
    """Point MLflow's alias at the ledger's champion, or take it away, until both agree."""
    versions = Versions(ctx.settings, ctx.model)
    while versions.aliases().get(ALIAS) != (champion := ctx.chain.history().champion):
        if champion:
            versions.set_alias(ALIAS, champion)
        else:
            versions.remove_alias(ALIAS)


def present(ctx: Context, history: History, number: int) -> Present:
    """Read what is true now: the model file's own digest, today's spec and policy, what became of the evidence."""
    path = ctx.settings.artifacts / history.version(number)["artifact"]["path"]
    given = given_on(history, number)
    kept = {digest for verdict in given for digest in evidence_of(verdict).values()}
    same = {said for verdict in given if ctx.says_the_same(said := verdict.payload["spec_digest"])}
    return Present(
        artifact_sha256=sha256_of(path) if path.is_file() else "no such file",
        spec_digests={ctx.spec.digest, *same},
        policy_digest=load_policy(ctx.settings.policies, ctx.spec).digest,
        lost={digest for digest in kept if not ctx.evidence.intact(digest)},
        now=datetime.now(UTC),
    )


def policy(ctx: Context) -> Policy:
    """Return the policy of the model's tier; where the spec has left a higher one, with the approvals of that."""
    own = load_policy(ctx.settings.policies, ctx.spec)
    left = tier_left(ctx.chain.history(), own.tier)
    if left is None:
        return own
    return own.model_copy(update={"tier": left, "approval": policy_of(ctx.settings.policies, left).approval})
