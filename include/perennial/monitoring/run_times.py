"""A run that is not done in time: told to the ledger and to people. The run goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from perennial.context import Context
from perennial.ledger.event import Event
from perennial.notices import Notice, tell

KIND = "run.late"


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
    event = ctx.chain.record(KIND, run.about, told, once=run.run)
    subject = f"{run.stage} {run.about}: not done after {run.limit}"
    text = f"It had to be done at {run.due:%Y-%m-%d %H:%M:%S} UTC and still runs or waits.\n{run.page}".rstrip()
    tell(ctx.settings, ctx.chain, ctx.spec.notices, Notice("late", subject, text, run.stage))
    return event
