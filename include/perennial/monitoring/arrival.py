"""Raw days that have just come in: where they are broken, the model is stopped before it scores them."""

from __future__ import annotations

from perennial.context import Context
from perennial.hashing import digest
from perennial.keys import Window
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.monitoring.consequences import act, tell
from perennial.monitoring.monitors.upstream import look_at
from perennial.monitoring.triage import triage


def check(ctx: Context, window: Window) -> Event | None:
    """Look at the raw days of a window, and stop the champion where they are broken; returns what was decided then.

    None where nobody is champion, and where the days are whole: that is no news. What a day does not show by itself,
    the weekly monitor sees.
    """
    history = ctx.chain.history()
    if history.champion is None:
        return None
    result = look_at(ctx, history, history.version(history.champion), window)
    if result.verdict != "alarm":
        return None
    decided = tell(ctx, history.champion, window, triage({"upstream": result}), once=_revisions(ctx, history, window))
    act(ctx, decided)
    return decided


def _revisions(ctx: Context, history: History, window: Window) -> str:
    """Name what came in: a day that comes again, and is still broken, is told again."""
    tables = [history.partitions(ctx.table("raw", name)) for name in sorted(ctx.spec.source.tables)]
    return digest([[part.sha256 for day, part in days.items() if day in window] for days in tables])
