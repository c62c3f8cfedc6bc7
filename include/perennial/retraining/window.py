"""Which days a training launched now would learn from, and from when on its holdout is fresh. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from perennial.errors import HistoryIncomplete
from perennial.keys import DAY, Window
from perennial.ledger.history import History
from perennial.ledger.verdicts import days_shown
from perennial.spec import Spec


def training_window(spec: Spec, history: History) -> Window:
    """Return the newest window whose labels have matured, as long as the spec asks or the history is.

    Raises HistoryIncomplete where that leaves no day to learn from.
    """
    last = labelled_until(spec, history)
    first = _first_day(spec, history)
    span = Window.ending(last, spec.train.window).clip(first, last) if last and first else None
    if span is None or len(span) <= spec.train.holdout:
        raise HistoryIncomplete(
            f"{spec.name}: training window",
            expected=f"more than {spec.train.holdout} days with matured labels, better {spec.train.window}",
            found=str(span or "no ingested day"),
            next_command=f"perennial run {spec.name} ingest --key {spec.source.first}..DAY",
        )
    return span


def labelled_until(spec: Spec, history: History) -> date | None:
    """Return the last day whose labels have matured."""
    return history.newest_day and history.newest_day - timedelta(days=spec.label.matures_after)


def fresh_from(spec: Spec, history: History) -> date:
    """Return the first last day of a window whose holdout has no day that was looked at before."""
    seen = [day for look in history.of("holdout.looked_at") for day in days_shown(look.payload)]
    return max(seen) + spec.train.holdout * DAY if seen else date.min


def _first_day(spec: Spec, history: History) -> date | None:
    """Return the first day from which on every daily table was ingested."""
    daily = [name for name, table in spec.source.tables.items() if table.day]
    firsts = [min(history.partitions(f"{spec.name}/raw/{name}"), default=None) for name in daily]
    return None if None in firsts else max(first for first in firsts if first)
