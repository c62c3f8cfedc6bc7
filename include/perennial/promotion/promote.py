"""The step that changes the champion, as `check` permitted it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perennial.context import Context
from perennial.ledger.event import Event
from perennial.promotion.emergency import promote_at_once
from perennial.promotion.stage import switch
from perennial.promotion.words import PASSED


def promote(ctx: Context, key: str, permitted: Mapping[str, Any], reason: str, *, emergency: bool = False) -> Event:
    """Promote or go back, if the champion is still the one that was seen; in an emergency, on the actor's word."""
    champion, kind = permitted["champion"], permitted["kind"]
    if emergency and kind == "promotion":
        return promote_at_once(ctx, key, expected_champion=champion, reason=reason)
    return switch(ctx, key, expected_champion=champion, reason=reason or PASSED, kind=kind)
