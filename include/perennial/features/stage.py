"""The work of the `features` DAG: build the days of a window, for the spec's transform and for the champion's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from perennial.context import Context
from perennial.datasets.definition import Definition, definition_in
from perennial.datasets.feature_set import feature_set_of
from perennial.datasets.partitions import Built, built, some
from perennial.errors import Conflict
from perennial.features.alone import refuse_difference
from perennial.features.definitions import define_once
from perennial.features.raw import files_of, inputs_of, inside, refuse_gaps
from perennial.features.relations import raw_tables, still_fits
from perennial.features.rows import Target, write_days
from perennial.features.script import Script
from perennial.features.stale import Inputs, spans, stale
from perennial.features.transform import budget, relations, transformed
from perennial.keys import DAY, Window
from perennial.lake.partitions import Partition
from perennial.ledger.event import Event
from perennial.ledger.history import History

LONGEST = 366
"""Days that one pass of the script computes; the lookback before them comes on top."""


def build(ctx: Context, window: Window) -> Event:
    """Write the feature partitions of a window, and of built days whose inputs changed; return what was recorded.

    A champion keeps its own features until it is replaced, so its transform is run too where it is another one.
    Raises HistoryIncomplete while raw days are missing, SpecError where features.sql does not make what the spec
    says, Conflict when a raw day was corrected meanwhile.
    """
    history, window = ctx.chain.history(), inside(ctx, window)
    if earlier := earlier_transform(ctx, history):
        _build(ctx, history, definition_in(history, earlier), window)
    inputs = inputs_of(ctx, history, raw_tables(ctx.spec), ctx.spec.features.lookback)
    refuse_gaps(ctx, inputs, window)
    made = define_once(ctx, history, files_of(ctx, inputs, Window(window.last, window.last)))
    return _build(ctx, history, made, window)


def earlier_transform(ctx: Context, history: History) -> str | None:
    """Return the champion's transform where it is not the spec's."""
    if history.champion is None:
        return None
    transform = str(history.version(history.champion)["transform"])
    return None if transform == ctx.spec.transform_digest else transform


def _build(ctx: Context, history: History, made: Definition, window: Window) -> Event:
    have, inputs = built(history, made.transform), inputs_of(ctx, history, made.raw, made.lookback)
    refuse_gaps(ctx, inputs, window)
    days = stale(window, have.inputs, inputs, _lost(ctx, have, window))
    partitions = list(_compute(ctx, made, inputs, days, first=not have.inputs))
    digests = {day: inputs.digest(day) for day in days}
    if any(have.inputs.get(day) != digests[day] for day in days) or _differ(have, partitions):
        _record(ctx, made, window, partitions, digests)
    history = ctx.chain.history()
    _register(ctx, made, built(history, made.transform))
    mine = [event for event in history.of("features.written") if event.payload["transform"] == made.transform]
    return mine[-1]


def _lost(ctx: Context, have: Built, window: Window) -> list[date]:
    """Return the days of the window whose files are no longer there."""
    current = [parts[day] for parts in have.partitions.values() for day in window if day in parts]
    return sorted({one.day for one in current if not ctx.lake.path(one).exists()})


def _differ(have: Built, partitions: Sequence[Partition]) -> bool:
    return any(have.partitions.get(one.table, {}).get(one.day) != one for one in partitions)


def _compute(
    ctx: Context, made: Definition, inputs: Inputs, days: Sequence[date], *, first: bool
) -> Iterator[Partition]:
    """Run the script over each span of days and keep the partitions of the days that were asked for."""
    script = Script.kept(ctx, made)
    for span in spans(days, made.lookback, LONGEST):
        with ctx.lake.staging() as folder:
            written = _write(ctx, made, inputs, Target(span, inputs.first, folder / "all", script))
            if first and len(span) > 1:
                middle = span.first + (len(span) - 1) // 2 * DAY
                target = Target(Window(middle, middle), inputs.first, folder / "alone", script)
                refuse_difference(written, _write(ctx, made, inputs, target), script, made)
            for relation, files in written.items():
                table = made.table(ctx.model, relation)
                yield from (ctx.lake.keep(table, day, path) for day, path in files.items() if day in days)


def _write(ctx: Context, made: Definition, inputs: Inputs, target: Target) -> dict[str, dict[date, Path]]:
    """Run the script over the window and its lookback and write the days of every relation."""
    raw = files_of(ctx, inputs, target.window)
    with transformed(target.script, raw, budget(ctx.settings)) as database:
        still_fits(target.script, made, relations(database))
        return {relation: write_days(database, made, relation, target) for relation in made.relations}


def _record(
    ctx: Context, made: Definition, window: Window, partitions: Sequence[Partition], digests: Mapping[date, str]
) -> None:
    """Make the partitions current, unless a raw day they were computed from was corrected meanwhile (Conflict)."""

    def unchanged(present: History) -> None:
        now = inputs_of(ctx, present, made.raw, made.lookback)
        moved = [day for day in digests if now.digest(day) != digests[day]]
        if moved:
            raise Conflict(
                f"{ctx.model}: features of {window}",
                expected="raw days that stay as they were while features are computed from them",
                found=f"a new revision behind {some(moved)}",
                next_command=f"perennial run {ctx.model} features --key {window}",
            )

    tables: dict[str, dict[str, Any]] = {}
    for one in partitions:
        tables.setdefault(one.table, {})[str(one.day)] = one.to_dict()
    read = {str(day): digest for day, digest in digests.items()}
    payload = {"tables": tables, "transform": made.transform, "inputs": read}
    ctx.chain.record("features.written", str(window), payload, guard=unchanged)


def _register(ctx: Context, made: Definition, have: Built) -> None:
    """Tell the feature store of the transform; what it knows already is left alone."""
    from perennial.feature_store import store

    newest = {table: ctx.lake.path(days[max(days)]) for table, days in have.partitions.items()}
    with store.opened(
        ctx.settings, {str(ctx.lake.folder(table)): [str(file)] for table, file in newest.items()}
    ) as feast:
        store.apply(feast, feature_set_of(ctx, made))
