"""A model's weeks, lived by the stage calls that Airflow would make, without Airflow: what wakes what is the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from common import say

from perennial.context import Context
from perennial.errors import PerennialError
from perennial.keys import DAY, Window, version_key
from perennial.ledger.event import Event
from perennial.local.demo.news import TOLD, news
from perennial.stages import Call, run_stage


def live(ctx: Context, history: Window, until: date) -> None:
    """Load the history, make the first version, then live week after week until a day."""
    arrive(ctx, history)
    ask(ctx, "the first version")
    for week in weeks(history.last + DAY, until):
        champion = ctx.chain.history().champion
        say(f"{week}  champion {version_key(champion) if champion else 'none'}")
        arrive(ctx, week)
        tick(ctx)


def weeks(first: date, until: date) -> Iterator[Window]:
    """Yield whole weeks, the last one perhaps shorter."""
    while first <= until:
        yield Window(first, min(first + 6 * DAY, until))
        first += 7 * DAY


def arrive(ctx: Context, window: Window) -> None:
    """Let a window's data arrive: ingest, features, score."""
    for stage in ("ingest", "features", "score"):
        call(ctx, stage, str(window))


def ask(ctx: Context, reason: str) -> None:
    """Ask for a version, and go on as far as the answer goes."""
    call(ctx, "retrain", reason=reason)
    _train(ctx)


def tick(ctx: Context) -> None:
    """Run the clock and do what it says is due; then train where the queue decides so."""
    told = list(run_stage(ctx, "clock", Call()))
    due = [line.split()[4:] for line in told if isinstance(line, str) and line.startswith("due: perennial run ")]
    for stage, *options in due:
        if stage != "retrain":
            call(ctx, stage, options[-1] if options else "")
    call(ctx, "retrain")
    _train(ctx)


def _train(ctx: Context) -> None:
    history = ctx.chain.history()
    registered = {event.payload["claim"] for event in history.of("candidate.registered")}
    for event in history.of("retraining.decided"):
        if event.payload["launch"] and event.payload["claim"] not in registered:
            call(ctx, "train", event.key)
            version = ctx.chain.history().of("candidate.registered")[-1].key
            call(ctx, "validate", version)
            if ctx.chain.history().of("verdict.given")[-1].payload["passed"]:
                call(ctx, "promote", version)


def call(ctx: Context, stage: str, key: str = "", reason: str = "") -> list[Event]:
    """Run a stage and return the events that it told; a refusal is told and ends nothing."""
    events: list[Event] = []
    seen = len(ctx.chain.history().events)
    try:
        events.extend(told for told in run_stage(ctx, stage, Call(key, reason)) if isinstance(told, Event))
    except PerennialError as refusal:
        say(f"{stage} {key}: {refusal}")
    for event in ctx.chain.history().events[seen:]:
        if event.type in TOLD:
            say(f"  {news(event)}")
    return events
