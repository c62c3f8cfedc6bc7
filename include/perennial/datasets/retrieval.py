"""Examples joined with what was known when they were asked, through Feast, on the revisions that the ledger names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from perennial.context import Context
from perennial.datasets.definition import (
    DAY,
    EVENT_TIMESTAMP,
    EXAMPLES,
    LABEL_TIME,
    Definition,
    definition_in,
)
from perennial.datasets.feature_set import feature_set_of
from perennial.datasets.partitions import Built, built, chosen, reach
from perennial.feature_store.asof_sql import quote
from perennial.feature_store.duck import Budget, connection
from perennial.keys import Window
from perennial.lake.partitions import Lake, Partition

MEMORY = "1GB"

Chosen = Mapping[str, Sequence[Partition]]
"""Table -> the partitions that a retrieval reads, in order of days."""


@dataclass(frozen=True)
class Retrieved:
    """A written frame, its rows, and the revisions it was made from: table -> day -> SHA-256."""

    path: Path
    rows: int
    partitions: Mapping[str, Mapping[str, str]]


def retrieve(
    ctx: Context, transform: str, window: Window, out: Path, *, labelled: bool, at: Built | None = None
) -> Retrieved:
    """Write the examples of a window with their features to a Parquet file, in bounded memory.

    Columns: entity, day, event_timestamp, join keys, request columns, fields of the views; with `labelled` also the
    label and label_time, null where the label never came. Rows are ordered by day, event_timestamp, entity. `at` are
    the revisions to read, by default the current ones. Raises HistoryIncomplete that names days without a partition.
    """
    from perennial.feature_store import store

    history = ctx.chain.history()
    made, have = definition_in(history, transform), at or built(history, transform)
    table = made.table(ctx.model, EXAMPLES)
    examples = chosen(ctx.model, table, have.partitions.get(table, {}), window)
    query = _questions(made, store.scan([ctx.lake.path(one) for one in _filled(examples)]), labelled=labelled)
    answers = _answers(ctx, made, have, _asked(ctx, query))
    with store.opened(ctx.settings, _pins(ctx.lake, answers)) as feast:
        written = store.retrieve(
            feast, feature_set_of(ctx, made).service, query, out, _columns(made, labelled=labelled)
        )
    read = {table: examples, **answers}
    return Retrieved(
        out, written.rows, {name: {str(one.day): one.sha256 for one in parts} for name, parts in read.items()}
    )


def _questions(made: Definition, scan: str, *, labelled: bool) -> str:
    """Write the query of the entity rows, in their order; without the label where nobody may look at it."""
    late = () if labelled else (made.label, LABEL_TIME)
    names = ", ".join(quote(name) for name in made.examples if name not in late)
    return f"SELECT {names} FROM ({scan}) ORDER BY {DAY}, {EVENT_TIMESTAMP}, {quote(made.entity)}"


def _columns(made: Definition, *, labelled: bool) -> list[str]:
    late = (made.label, LABEL_TIME)
    plain = [name for name in made.examples if name not in late]
    fields = [name for view in made.views.values() for name in view.fields]
    return [*plain, *fields, *(late if labelled else ())]


def _asked(ctx: Context, query: str) -> tuple[datetime, datetime] | None:
    """Return the first and last moment of the questions, or None when there are none."""
    with connection(Budget(MEMORY, 1, ctx.settings.var / "spill")) as database:
        bounds = f"SELECT min({EVENT_TIMESTAMP}), max({EVENT_TIMESTAMP}) FROM ({query})"
        ((first, last),) = database.execute(bounds).fetchall()
    return (first, last) if first else None


def _answers(ctx: Context, made: Definition, have: Built, asked: tuple[datetime, datetime] | None) -> Chosen:
    """Choose the partitions of each view in which an answer may lie."""
    answers: dict[str, Sequence[Partition]] = {}
    for name, view in made.views.items():
        table = made.table(ctx.model, name)
        days = reach(asked, view.ttl, ctx.spec.span) if asked else None
        answers[table] = chosen(ctx.model, table, have.partitions.get(table, {}), days) if days else []
    return answers


def _pins(lake: Lake, answers: Chosen) -> dict[str, list[str]]:
    """Pin each table to its files; those without rows need not be opened."""
    return {
        str(lake.folder(table)): [str(lake.path(one)) for one in parts if one.rows] for table, parts in answers.items()
    }


def _filled(parts: Sequence[Partition]) -> list[Partition]:
    """Leave out partitions without rows, but keep one for its columns."""
    return [one for one in parts if one.rows] or list(parts[:1])
