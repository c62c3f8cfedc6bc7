"""How many labels of a day are known by now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from perennial.context import Context
from perennial.datasets.definition import DAY, EXAMPLES, LABEL_TIME, definition_in
from perennial.feature_store.asof_sql import quote, text
from perennial.feature_store.duck import Budget, connection
from perennial.keys import Window
from perennial.ledger.history import History

MEMORY = "512MB"


@dataclass(frozen=True)
class Known:
    """Examples of some days, and how many have a label that is known."""

    rows: int
    labelled: int


def known_labels(ctx: Context, history: History, transform: str, windows: Sequence[Window]) -> Mapping[Window, Known]:
    """Count the examples of each window, and those whose label is known at the business time of `history`."""
    made = definition_in(history, transform)
    current = history.partitions(made.table(ctx.model, EXAMPLES))
    days = sorted({day for window in windows for day in window if day in current})
    counts = _counted(ctx, [str(ctx.lake.path(current[day])) for day in days], made.label, history.now)
    return {window: _sum([one for day, one in counts.items() if day in window]) for window in windows}


def _counted(ctx: Context, files: Sequence[str], label: str, now: datetime | None) -> dict[date, Known]:
    if not files or now is None:
        return {}
    known = f"{quote(label)} IS NOT NULL AND {LABEL_TIME} <= TIMESTAMPTZ '{now.isoformat()}'"
    counts, names = f"count(*), count(*) FILTER (WHERE {known})", ", ".join(map(text, files))
    source = f"read_parquet([{names}], hive_partitioning=false)"
    query = f"SELECT {DAY}, {counts} FROM {source} GROUP BY {DAY}"
    with connection(Budget(MEMORY, 1, ctx.settings.var / "spill")) as database:
        return {day: Known(rows, labelled) for day, rows, labelled in database.execute(query).fetchall()}


def _sum(days: Sequence[Known]) -> Known:
    return Known(sum(day.rows for day in days), sum(day.labelled for day in days))
