"""Put the staged days in their places and tell the ledger: files first, then the event, which is the commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from perennial.context import Context
from perennial.errors import Conflict, PerennialError
from perennial.hashing import digest
from perennial.ingest.staging import Staged
from perennial.keys import Window
from perennial.lake.partitions import Partition
from perennial.ledger.event import Event
from perennial.ledger.history import History


def commit(ctx: Context, before: History, window: Window, staged: Sequence[Staged], report: dict[str, Any]) -> Event:
    """Record the days of a window; returns an earlier event when all of them are current already. Raises Conflict.

    `before` is the history from before the source was read: a run that has read an older source must not win.
    """
    partitions = [partition for one in staged for partition in _keep(ctx, one)]
    if _current(before, partitions) == partitions:
        return _telling(before, window)
    payload = {"tables": _by_table(partitions), "counts": _counts(staged), "last": str(window.last)}
    evidence, guard = ctx.evidence.put_json(report), _unmoved(ctx, before, partitions, window)
    return ctx.chain.record("raw.written", str(window), payload, evidence=evidence, guard=guard)


def refuse(ctx: Context, broken: Sequence[Staged], report: dict[str, Any]) -> list[Partition]:
    """Keep all rows of the tables of a refused day, with their reasons, and record once that it was refused."""
    kept = [_quarantine(ctx, one) for one in broken]
    tables = _by_table(kept)
    payload, evidence = {"tables": tables, "counts": _counts(broken)}, ctx.evidence.put_json(report)
    ctx.chain.record("contract.broken", str(kept[0].day), payload, evidence=evidence, once=digest(tables))
    return kept


def _keep(ctx: Context, one: Staged) -> tuple[Partition, Partition]:
    """Keep the good and the quarantined rows of a day; raises PerennialError when they are not all that was read."""
    count = one.count
    good, quarantined = ctx.lake.keep(ctx.table("raw", count.table), count.day, one.good), _quarantine(ctx, one)
    if good.rows + quarantined.rows != count.read:
        raise PerennialError(
            f"{ctx.model}: {count.table} on {count.day}",
            expected=f"{count.read} rows read = good + quarantined",
            found=f"{good.rows} + {quarantined.rows} in the files",
        )
    return good, quarantined


def _quarantine(ctx: Context, one: Staged) -> Partition:
    return ctx.lake.keep(ctx.table("quarantine", one.count.table), one.count.day, one.quarantined)


def _current(history: History, partitions: Sequence[Partition]) -> list[Partition | None]:
    """Return what is current where these partitions lie."""
    tables = {name: history.partitions(name) for name in {one.table for one in partitions}}
    return [tables[one.table].get(one.day) for one in partitions]


def _unmoved(
    ctx: Context, before: History, partitions: Sequence[Partition], window: Window
) -> Callable[[History], None]:
    """Refuse to record over a revision that appeared while the source was read."""

    def guard(history: History) -> None:
        if _current(history, partitions) != _current(before, partitions):
            raise Conflict(
                f"{ctx.model}: raw partitions of {window}",
                expected="the revisions that were current when reading began",
                found="others, which another run has recorded since",
                next_command=f"perennial run {ctx.model} ingest --key {window}",
            )

    return guard


def _telling(history: History, window: Window) -> Event:
    """Return the newest event that tells the window's last day."""
    day = str(window.last)
    told = (e for e in reversed(history.of("raw.written")) if any(day in days for days in e.payload["tables"].values()))
    return next(told)


def _by_table(partitions: Sequence[Partition]) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for one in partitions:
        tables.setdefault(one.table, {})[str(one.day)] = one.to_dict()
    return tables


def _counts(staged: Sequence[Staged]) -> dict[str, Any]:
    counts: dict[str, Any] = {}
    for count in (one.count for one in staged):
        counts.setdefault(count.table, {})[str(count.day)] = count.rows
    return counts
