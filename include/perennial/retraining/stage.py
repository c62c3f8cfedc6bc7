"""Decide on the requests for a new version, and say which trainings are to be announced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from perennial.context import Context
from perennial.errors import Conflict, Held, HistoryIncomplete
from perennial.hashing import digest
from perennial.keys import Window
from perennial.ledger.claims import launches
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.holds import Scope, holds, is_held
from perennial.metering.decision import over_budget, shares
from perennial.retraining.breaker import failed
from perennial.retraining.decision import Cost, Decision, Queue, decide
from perennial.retraining.queue import Request, open_requests, unheard
from perennial.retraining.window import fresh_from, training_window

TRIES = 5
"""Decisions that another process overtook before this one gives up; the requests stay open."""


def decide_queue(ctx: Context) -> Event | None:
    """Decide on the open requests and record why, or why not; None when nobody asks.

    Raises Conflict where other processes decide all the time. A request that comes meanwhile is left to the next look.
    """
    for _ in range(TRIES - 1):
        try:
            return _decide_once(ctx)
        except (Conflict, Held):  # what was decided against has changed: look again
            continue
    return _decide_once(ctx)


def to_announce(ctx: Context) -> list[str]:
    """Return the windows of launched trainings that `train` may not have heard of; none while training is held.

    What waits for a release has been heard of; what was lost is announced after it.
    """
    if is_held(ctx.chain, "training"):
        return []
    return [str(one.window) for one in unheard(ctx.chain.history(), ctx.chain.run, datetime.now(UTC))]


def _decide_once(ctx: Context) -> Event | None:
    history = ctx.chain.history()
    asked = open_requests(history)
    if not asked:
        return None
    try:
        window = training_window(ctx.spec, history)
    except HistoryIncomplete as missing:
        return _record(ctx, history, asked, Decision("wait", f"{missing.expected}; there is {missing.found}"))
    queue = _queue(ctx, history, asked, window)
    return _record(ctx, history, asked, decide(queue, ctx.spec.retrain), window)


def _queue(ctx: Context, history: History, asked: Sequence[Request], window: Window) -> Queue:
    assert history.now is not None, "a window was found, so a partition was ingested"
    return Queue(
        model=ctx.model,
        requests=asked,
        past=launches(history),
        window=window,
        now=history.now,
        wall=datetime.now(UTC),
        fresh=fresh_from(ctx.spec, history),
        matures_after=ctx.spec.label.matures_after,
        holds=[str(hold) for hold in holds(ctx.chain) if "training" in hold.scopes],
        failed=failed(history),
        cost=_cost(ctx, history),
    )


def _cost(ctx: Context, history: History) -> Cost | None:
    if stop := over_budget(history, ctx.spec, history.now):
        return Cost(stop, stops=True)
    told = [str(one) for one in shares(history, ctx.spec.compute, history.now) if one.verdict != "within"]
    return Cost("; ".join(told), stops=False) if told else None


def _record(
    ctx: Context, history: History, asked: Sequence[Request], decision: Decision, window: Window | None = None
) -> Event:
    """Record the decision unless another one came first (Conflict); the same "wait" in succession once."""
    launch, ids, past = decision.outcome == "launch", [one.id for one in asked], len(launches(history))
    last = history.last("retraining.decided")
    key = str(window) if launch else "none"
    payload = {
        "launch": launch,
        "outcome": decision.outcome,
        "why": decision.why,
        "until": decision.until and decision.until.isoformat(),
        "requests": ids,
        "window": key if launch else None,
        "claim": f"t{past + 1}" if launch else None,
    }
    if last and last.payload == payload:
        return last

    def unchanged(present: History) -> None:
        found = len(launches(present))
        if found != past or not {one.id for one in open_requests(present)}.issuperset(ids):
            raise Conflict(
                f"{ctx.model}: retraining queue",
                expected=f"{past} trainings launched so far, and the same requests open",
                found=f"{found} trainings: another decision came first",
                next_command=f"perennial status {ctx.model}",
            )

    # Two processes that decide at once tell it once; after another decision it is told anew, as the newest one counts.
    once = digest({**payload, "launches": past, "after": last and last.hash})
    brake: Scope | None = "training" if launch else None
    return ctx.chain.record("retraining.decided", key, payload, once=once, guard=unchanged, brake=brake)
