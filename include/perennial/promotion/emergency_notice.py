"""The notice of an emergency promotion: told when it was made, over when it was reviewed or undone."""

from __future__ import annotations

from perennial.context import Context
from perennial.ledger.event import Event
from perennial.notices import Notice, reset, tell
from perennial.notices.state import standing


def tell_emergency(ctx: Context, change: Event) -> None:
    """Tell that a second person has to agree, and by when."""
    version, until = f"v{change.payload['version']}", change.payload["review_by"][:16].replace("T", " ")
    text = f"{', '.join(change.payload['by'])} promoted it. It is undone unless somebody else agrees by {until} UTC."
    command = f"perennial review {ctx.model} {version} --agree --reason ...      # or --reject"
    notice = Notice("emergency", f"promote {version}: an emergency", f"{text}\n{command}", change.hash, "urgent")
    tell(ctx.settings, ctx.chain, ctx.spec.notices, notice)


def others_over(ctx: Context, change: Event) -> None:
    """Tell what this change of the champion made pointless: a review of an earlier one, a worry about its ground."""
    for (kind, key), cause in standing(ctx.chain).items():
        pointless = kind == "dependents" or (kind == "emergency" and key != change.hash)
        if pointless and cause.since < change.wall_time:
            reset(ctx.settings, ctx.chain, ctx.spec.notices, kind, key, why=f"{change.key} is champion now")


def is_told(ctx: Context, change: Event) -> bool:
    """Tell whether people still believe that an emergency promotion waits for a review."""
    return ("emergency", change.hash) in standing(ctx.chain)


def emergency_over(ctx: Context, change: Event, why: str) -> None:
    """Tell that it was reviewed, or undone."""
    reset(ctx.settings, ctx.chain, ctx.spec.notices, "emergency", change.hash, why=why)
