"""Read the ledger and say what is due; the retraining queue has its own look (`retraining.wake`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from perennial.clock.due import monitoring_windows, overdue_review
from perennial.context import Context
from perennial.keys import Window
from perennial.ledger.history import History
from perennial.notices import deliver


@dataclass(frozen=True)
class Due:
    """What wakes `monitor`, and the version of an emergency promotion that nobody agreed to in time."""

    windows: tuple[Window, ...]
    review: str | None = None


def tick(ctx: Context) -> Due:
    """Return what is due at the present business time; nothing before the first partition. Send notices that waited."""
    deliver(ctx.settings, ctx.chain, ctx.spec.notices)
    history = ctx.chain.history()
    now, review = history.now, overdue_review(history, datetime.now(UTC))
    if now is None:
        return Due((), review)
    return Due(tuple(_windows(ctx, history, now)), review)


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
