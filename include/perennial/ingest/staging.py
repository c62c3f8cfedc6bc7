"""Read, check and write the days of one table to a private folder: nothing is in its place yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from perennial.context import Context
from perennial.ingest.decision import DayCount
from perennial.ingest.sift import Sifted, empty, sift
from perennial.ingest.sources import read
from perennial.keys import Window
from perennial.ledger.history import History

ROW_GROUP = 100_000


@dataclass(frozen=True)
class Staged:
    """One day of one table: what was found, and the files of its good and its quarantined rows."""

    count: DayCount
    good: Path
    quarantined: Path


def due(ctx: Context, history: History, table: str, window: Window) -> Window | None:
    """Return the days to read: of a reference table its one day, when the window has it or it was never read."""
    if ctx.spec.source.tables[table].day:
        return window
    first = ctx.spec.source.first
    known = first in history.partitions(ctx.table("raw", table))
    return None if known and first not in window else Window(first, first)


def stage_table(ctx: Context, table: str, window: Window, folder: Path) -> Iterator[Staged]:
    """Write every day of a window, those without rows too, so that a partition that is missing is one not yet read."""
    contract, cache = ctx.spec.rules(table), ctx.settings.var / "cache" / "sources"
    days = set(window)
    with read(ctx.spec, table, window, cache) as reader:
        for sifted in sift(table, reader, contract):
            days.remove(sifted.count.day)
            yield _write(sifted, folder / table)
        for day in sorted(days):
            yield _write(empty(table, day, reader.schema, contract.max_quarantined), folder / table)


def _write(sifted: Sifted, folder: Path) -> Staged:
    count = sifted.count
    folder.mkdir(exist_ok=True)
    good, quarantined = folder / f"{count.day}.good.parquet", folder / f"{count.day}.quarantined.parquet"
    _write_table(sifted.good, good)
    _write_table(sifted.quarantined, quarantined)
    return Staged(count, good, quarantined)


def _write_table(table: pa.Table, path: Path) -> None:
    """Write a table so that equal rows are equal bytes, however they were cut into batches on the way here."""
    whole = table.combine_chunks() if table.num_rows else table.schema.empty_table()
    pq.write_table(whole, path, compression="zstd", row_group_size=ROW_GROUP)
