"""The stage: raw partitions of a window, checked, with the rows that break the contract in quarantine."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path

from perennial.context import Context
from perennial.ingest.decision import DayCount, first_broken, refusal
from perennial.ingest.record import commit, refuse
from perennial.ingest.report import contract_report
from perennial.ingest.staging import Staged, due, stage_table
from perennial.keys import DAY, Window
from perennial.ledger.event import Event
from perennial.ledger.history import History

CHUNK_DAYS = 31
"""Days that one event tells: a year is twelve events, and a crash costs a month of reading at most."""

log = logging.getLogger(__name__)


def load(ctx: Context, window: Window) -> Event | None:
    """Write the raw partitions of a window, chunk by chunk, and return the event that tells the last chunk.

    None when the source has no day of the window. Where nothing changed, nothing is recorded. Raises ContractBroken at
    the first day that does not pass, with the days before it recorded; PerennialError for what cannot be read; Conflict
    when another run has recorded the same days meanwhile.
    """
    inside = window.clip(ctx.spec.source.first, ctx.spec.source.last)
    events = [_load_chunk(ctx, chunk, str(inside)) for chunk in inside.chunks(CHUNK_DAYS)] if inside else []
    return events[-1] if events else None


def _load_chunk(ctx: Context, chunk: Window, key: str) -> Event:
    before = ctx.chain.history()
    with ctx.lake.staging() as folder:
        staged = _stage(ctx, before, chunk, folder)
        counts = [one.count for one in staged]
        report = contract_report(ctx.spec, chunk, counts)
        broken = first_broken(counts)
        if not broken:
            return commit(ctx, before, chunk, staged, report)
        first = broken[0].day
        if first > chunk.first:
            commit(
                ctx, before, Window(chunk.first, first - DAY), [one for one in staged if one.count.day < first], report
            )
        kept = refuse(ctx, [one for one in staged if one.count in broken], report)
    files = [ctx.lake.path(partition) for partition in kept]
    raise refusal(ctx.model, broken, also=len(_broken_days(counts)) - 1, files=files, key=key)


def _stage(ctx: Context, history: History, chunk: Window, folder: Path) -> list[Staged]:
    staged: list[Staged] = []
    for table in ctx.spec.source.tables:
        if days := due(ctx, history, table, chunk):
            found = list(stage_table(ctx, table, days, folder))
            read, bad = sum(one.count.read for one in found), sum(one.count.quarantined for one in found)
            log.info("%s %s: %d rows read, %d quarantined", table, days, read, bad)
            staged += found
    return staged


def _broken_days(counts: list[DayCount]) -> set[date]:
    return {count.day for count in counts if not count.passes}
