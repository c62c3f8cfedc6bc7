"""Read the ledger and say what is due; leave a request where the schedule asks for a training."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from perennial.clock.due import monitoring_windows, overdue_review, training_due, waiting_is_over
from perennial.context import Context
from perennial.keys import Window
from perennial.ledger.history import History
from perennial.ledger.requests import put


@dataclass(frozen=True)
class Due:
    """What wakes other DAGs: windows for `monitor`, and whether `retrain` should look at its queue.

    `review` names the version of an emergency promotion that nobody agreed to in time.
    """

    windows: tuple[Window, ...]
    queue: bool
    review: str | None = None


def tick(ctx: Context) -> Due:
    """Return what is due at the present business time; nothing before the first partition."""
    history = ctx.chain.history()
    now, review = history.now, overdue_review(history, datetime.now(UTC))
    if now is None:
        return Due((), queue=False, review=review)
    asked = _ask_for_scheduled_training(ctx, history, now)
    return Due(tuple(_windows(ctx, history, now)), asked or _has_waited(history, now), review)


def scored_days(ctx: Context, history: History) -> set[date]:
    """Return the days whose current predictions are the champion's."""
    owner: dict[str, int] = {}
    for event in history.of("predictions.published"):
        for day in event.payload["tables"].get(ctx.table("predictions"), {}):
            owner[day] = event.payload["version"]
    return {date.fromisoformat(day) for day, version in owner.items() if version == history.champion}


def _windows(ctx: Context, history: History, now: datetime) -> list[Window]:
    reported = {e.key for e in history.of("monitoring.reported") if e.payload["version"] == history.champion}
    return monitoring_windows(ctx.spec, scored_days(ctx, history), reported, now)


def _ask_for_scheduled_training(ctx: Context, history: History, now: datetime) -> bool:
    launched = [e.business_time for e in history.of("retraining.decided") if e.payload["launch"]]
    due = training_due(ctx.spec.retrain.every, launched[-1] if launched else None, now)
    if due is None:
        return False
    put(ctx.chain, "schedule", f"{ctx.spec.retrain.every}d since the last training", name=str(due))
    return True


def _has_waited(history: History, now: datetime) -> bool:
    """Tell whether the newest decision was to wait, and its time has come."""
    decision = history.last("retraining.decided")
    if decision is None or decision.payload["outcome"] != "wait":
        return False
    return waiting_is_over(decision.payload["until"], now)
