"""One person promotes what passed, at once; a second has to agree in time (`review`)."""

from __future__ import annotations

from typing import Any

from perennial.context import Context
from perennial.errors import GateRefused
from perennial.keys import parse_version, version_key
from perennial.ledger.emergency import unconfirmed
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.origin import is_machine, same_person
from perennial.promotion.change import UNDONE, as_expected, changed
from perennial.promotion.check import permit
from perennial.promotion.emergency_notice import tell_emergency
from perennial.promotion.stage import make_champion, policy, present, tell
from perennial.promotion.words import approve


def promote_at_once(ctx: Context, key: str, *, expected_champion: int | None, reason: str) -> Event:
    """Make a version that passed champion on the word of the actor alone; the event says by when it is reviewed.

    Raises GateRefused for a machine, without a reason, and in a tier that asks nobody anyway.
    """
    history, number = ctx.chain.history(), parse_version(key)
    if history.champion == number:
        if change := unconfirmed(history):
            tell_emergency(ctx, change)
        return tell(ctx, history.of("champion.changed")[-1])
    asked, now = policy(ctx).approval, present(ctx, history, number)
    if asked.by != "people" or is_machine(ctx.chain.actor):
        raise _no_emergency(ctx, key)
    _refuse_again(history, number, ctx.chain.actor)
    word = approve(ctx, key, by=ctx.chain.actor, how="emergency", reason=reason)

    def plan(history: History) -> dict[str, Any]:
        permission = permit(history, number, now, reason)
        as_expected(history, permission, expected_champion, "promotion")
        by, until = [ctx.chain.actor], now.now + asked.review_within
        return changed(permission, "emergency", by=by, reason=reason, approvals=[word], review_by=until)

    event = make_champion(ctx, key, plan)
    tell_emergency(ctx, event)
    return event


def _refuse_again(history: History, version: int, by: str) -> None:
    """Raise GateRefused where an emergency of this version by this person was undone: nobody extends her own time."""
    changes = history.of("champion.changed")
    undone = {(one.once or "").removeprefix(UNDONE) for one in changes}
    mine = [one for one in changes if one.hash in undone and one.payload["version"] == version]
    if any(same_person(by, name) for one in mine for name in one.payload["by"]):
        key = version_key(version)
        raise GateRefused(
            f"{history.chain}: emergency promotion of {key}",
            expected="somebody else, or the approvals of the tier",
            found=f"{by}, whose emergency promotion of {key} was undone",
            next_command=f'perennial approve {history.chain} {key} --reason "..."',
        )


def _no_emergency(ctx: Context, key: str) -> GateRefused:
    return GateRefused(
        f"{ctx.model}: emergency promotion of {key}",
        expected="a person, in a tier whose policy asks for approvals by people",
        found=f"{ctx.chain.actor}, tier {ctx.spec.risk_tier}",
        next_command=f'perennial promote {ctx.model} {key} --reason "..."',
    )
