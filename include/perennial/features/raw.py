"""The raw partitions that a transform is computed from, as the ledger has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from perennial.context import Context
from perennial.datasets.partitions import some
from perennial.errors import HistoryIncomplete, KeyInvalid
from perennial.features.stale import Inputs
from perennial.keys import Window
from perennial.ledger.history import History


def inside(ctx: Context, window: Window) -> Window:
    """Return the part of a window that the source has; raises KeyInvalid for none."""
    span = ctx.spec.span
    part = window.clip(span.first, span.last)
    if part is None:
        raise KeyInvalid(f"{ctx.model}: window {window}", expected=f"days of the source, {span}", found=str(window))
    return part


def inputs_of(ctx: Context, history: History, raw: Mapping[str, str], lookback: int) -> Inputs:
    """Return what a transform that reads these tables (`daily` or `reference`) is computed from at present."""
    kinds = {
        kind: {name: history.partitions(ctx.table("raw", name)) for name, its in raw.items() if its == kind}
        for kind in ("daily", "reference")
    }
    return Inputs(kinds["daily"], kinds["reference"], lookback, ctx.spec.source.first)


def files_of(ctx: Context, inputs: Inputs, window: Window) -> dict[str, list[Path]]:
    """Return the files that the features of a window are computed from."""
    return {table: [ctx.lake.path(one) for one in parts] for table, parts in inputs.read(window).items()}


def refuse_gaps(ctx: Context, inputs: Inputs, window: Window) -> None:
    """Raise HistoryIncomplete that names the first raw days a window lacks, and how to fetch them."""
    for table, days in inputs.missing(window).items():
        raise HistoryIncomplete(
            f"{ctx.model}: features of {window}",
            expected=f"raw {table} of {inputs.days(window)} (a lookback of {inputs.lookback} days)",
            found=f"none for {some(days)}",
            next_command=f"perennial run {ctx.model} ingest --key {Window(days[0], days[-1])}",
        )
