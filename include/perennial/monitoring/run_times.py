"""A run that is not done in time: told to the ledger and to people, and that it ended. The run goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from perennial.context import Context
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.notices import Notice, reset, tell

LATE, ENDED = "run.late", "run.ended"


@dataclass(frozen=True)
class Late:
    """A run of a stage that had to be done at some moment, and was not."""

    stage: str
    run: str
    """The orchestrator's name of it."""
    about: str
    """Its key, or its name where it has none."""
    limit: timedelta
    due: datetime
    page: str = ""
    """Where to look."""


def late(ctx: Context, run: Late) -> Event:
    """Record it once, and tell people; all that is late in a stage is one cause until a run of it is done."""
    seconds = int(run.limit.total_seconds())
    told = {"stage": run.stage, "run": run.run, "limit_seconds": seconds, "due": run.due.isoformat()}
    event = ctx.chain.record(LATE, run.about, told, once=run.run)
    subject = f"{run.stage} {run.about}: not done after {run.limit}"
    text = f"It had to be done at {run.due:%Y-%m-%d %H:%M:%S} UTC and still runs or waits.\n{run.page}".rstrip()
    tell(ctx.settings, ctx.chain, ctx.spec.notices, Notice("late", subject, text, run.stage))
    return event


def ended(ctx: Context, run: str, *, well: bool, now: datetime) -> Event | None:
    """Record how late a late run ended, and say that it is over once none of its stage is out; None in time."""
    history = ctx.chain.history()
    missed = next((event for event in history.of(LATE) if event.payload["run"] == run), None)
    if missed is None:
        return None
    stage, due = missed.payload["stage"], datetime.fromisoformat(missed.payload["due"])
    seconds = round((now - due).total_seconds(), 1)
    told = {"stage": stage, "run": run, "well": well, "late_seconds": seconds}
    event = ctx.chain.record(ENDED, missed.key, told, once=run)
    if not out(ctx.chain.history(), stage):
        why = f"{stage} {missed.key} {'is done' if well else 'failed'}, {seconds:.0f} s late."
        reset(ctx.settings, ctx.chain, ctx.spec.notices, "late", stage, why=why)
    return event


def out(history: History, stage: str) -> set[str]:
    """Return the late runs of a stage that did not end yet.

    A later one that ended well ends the earlier ones, too: Airflow tells of no run that a person marks or deletes.
    """
    ends = history.of(ENDED)
    over = {event.payload["run"] for event in ends}
    done = max((one.seq for one in ends if one.payload["stage"] == stage and one.payload["well"]), default=-1)
    late = [one for one in history.of(LATE) if one.payload["stage"] == stage and one.seq > done]
    return {one.payload["run"] for one in late} - over
