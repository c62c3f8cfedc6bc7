"""Read the ledger and say what is due; the retraining queue has its own look (`retraining.wake`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from perennial.clock.due import Told, may_be_told_again, monitoring_windows, overdue_review, worth_telling
from perennial.context import Context
from perennial.datasets.labels import known_labels
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
    told = reports(history)
    due = monitoring_windows(ctx.spec, scored_days(ctx, history), told, now)
    return sorted({*due, *_with_late_labels(ctx, history, told, now)})


def reports(history: History) -> dict[Window, Told]:
    """Return what the newest report on each window of the champion knew."""
    told = {}
    for event in history.of("monitoring.reported"):
        if event.payload["version"] == history.champion:
            labels = event.payload.get("labels", {})  # older reports do not say
            early = labels.get("maturity") == "early"
            failed = bool(event.payload.get("failed"))
            told[Window.parse(event.key)] = Told(early, labels.get("rows", 0), labels.get("known", 0), failed)
    return told


def _with_late_labels(ctx: Context, history: History, told: Mapping[Window, Told], now: datetime) -> list[Window]:
    young = may_be_told_again(ctx.spec, told, now)
    if not young or history.champion is None:
        return []
    known = known_labels(ctx, history, history.version(history.champion)["transform"], young)
    return [window for window in young if worth_telling(told[window], known[window].labelled)]
