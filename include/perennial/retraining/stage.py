"""Decide on the requests for a new version."""

from __future__ import annotations

from datetime import date, timedelta

from perennial.context import Context
from perennial.errors import Conflict, HistoryIncomplete
from perennial.keys import Window
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.retraining.decision import decide
from perennial.retraining.queue import launches, open_requests


def decide_queue(ctx: Context) -> Event | None:
    """Decide on the open requests and record why, or why not; None when nobody asks."""
    history = ctx.chain.history()
    asked = open_requests(history)
    if not asked:
        return None
    now, window = history.now, training_window(ctx, history)
    assert now is not None, "a window was found, so a partition was ingested"
    past = launches(history)
    decision = decide(asked, past, ctx.spec.retrain, window, now)
    launch = decision.outcome == "launch"
    claim = f"t{len(past) + 1}" if launch else None
    payload = {
        "launch": launch,
        "outcome": decision.outcome,
        "why": decision.why,
        "until": decision.until and decision.until.isoformat(),
        "requests": [one.id for one in asked],
        "window": str(window) if launch else None,
        "claim": claim,
    }
    # The same "wait" for the same requests is said once, however often the queue is looked at.
    once = claim or f"{decision.outcome}:{decision.why}:{','.join(one.id for one in asked)}"

    def unchanged(present: History) -> None:
        if len(launches(present)) != len(past):
            raise Conflict(
                f"{ctx.model}: retraining queue",
                expected=f"{len(past)} trainings launched so far",
                found=f"{len(launches(present))}: another decision came first",
                next_command=f"perennial status {ctx.model}",
            )

    return ctx.chain.record(
        "retraining.decided", str(window) if launch else "none", payload, once=once, guard=unchanged
    )


def training_window(ctx: Context, history: History) -> Window:
    """Return the newest window whose labels have matured, as long as the spec asks or the history is."""
    last = history.newest_day and history.newest_day - timedelta(days=ctx.spec.label.matures_after)
    first = _first_day(ctx, history)
    span = Window.ending(last, ctx.spec.train.window).clip(first, last) if last and first else None
    if span is None or len(span) <= ctx.spec.train.holdout:
        raise HistoryIncomplete(
            f"{ctx.model}: training window",
            expected=f"more than {ctx.spec.train.holdout} days with matured labels, better {ctx.spec.train.window}",
            found=str(span or "no ingested day"),
            next_command=f"perennial run {ctx.model} ingest --key {ctx.spec.source.first}..DAY",
        )
    return span


def _first_day(ctx: Context, history: History) -> date | None:
    """Return the first day from which on every daily table was ingested."""
    daily = [name for name, table in ctx.spec.source.tables.items() if table.day]
    firsts = [min(history.partitions(ctx.table("raw", name)), default=None) for name in daily]
    return None if None in firsts else max(first for first in firsts if first)
