"""Back to a version that served: one action by one person, with a reason."""

from __future__ import annotations

from perennial.context import Context
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.promotion.change import as_expected
from perennial.promotion.reign import default_target
from perennial.promotion.stage import check, switch


def rollback(ctx: Context, reason: str, to: str | None = None) -> Event:
    """Make version `to`, or the one before the champion, champion again; returns the event that did.

    Raises GateRefused without a reason, for a version that never served, and where its features are lost; Conflict
    for a version that is not behind the champion: forward again is a promotion.
    """
    history = ctx.chain.history()
    key = to or version_key(default_target(history))
    permission = check(ctx, key, reason)
    if permission.kind != "standing":
        as_expected(history, permission, permission.champion, "rollback")
    return switch(ctx, key, expected_champion=permission.champion, reason=reason, kind="rollback")
