"""Part the rows of a table into good and quarantined ones, day by day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from perennial.ingest.contract import check
from perennial.ingest.decision import DayCount
from perennial.ingest.scan import DAY, FAULTS, ROW
from perennial.spec.source import TableContract

REASONS = "_reasons"
CHECKED_ROWS = 100_000
EXACT = 2**53  # the last integer up to which a float holds every one


class Reason(NamedTuple):
    """Why a row is quarantined: the rule that reports count, and the text the row keeps, with a value that got lost."""

    rule: str
    text: str


Reasons = list[list[Reason]]
"""Of each row."""


@dataclass(frozen=True)
class Sifted:
    """One day of a table. Quarantined rows have `_row`, their place in the source, and `_reasons`, a list of texts."""

    count: DayCount
    good: pa.Table
    quarantined: pa.Table


def sift(name: str, batches: Iterable[pa.RecordBatch], contract: TableContract) -> Iterator[Sifted]:
    """Part the rows of a stream that is ordered by day; a day that does not pass is quarantined whole."""
    for table in whole_days(batches, CHECKED_ROWS):
        reasons = _reasons(table, contract)
        for day, start, rows in _spans(table):
            told = [reasons.get(row, []) for row in range(start, start + rows)]
            yield _part(name, day, table.slice(start, rows), told, contract.max_quarantined)


def whole_days(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """Join a stream that is ordered by day into tables of about so many rows; no day is cut, however long."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(part.num_rows for part in held) >= rows:
            table = pa.Table.from_batches(held)
            cut = pc.index(table[DAY], table[DAY][-1]).as_py()
            if cut:
                yield table.slice(0, cut)
                held = table.slice(cut).to_batches()
    if held:
        yield pa.Table.from_batches(held)


def empty(name: str, day: date, schema: pa.Schema, limit: float) -> Sifted:
    """Return a day that has no rows."""
    return _part(name, day, schema.empty_table(), [], limit)


def _part(name: str, day: date, table: pa.Table, reasons: Reasons, limit: float) -> Sifted:
    bad = np.fromiter(map(bool, reasons), dtype=bool, count=len(reasons))
    rules = Counter(rule for row in reasons for rule in {reason.rule for reason in row})
    count = DayCount(name, day, table.num_rows, int(bad.sum()), limit, dict(sorted(rules.items())))
    if not count.passes:
        return Sifted(count, _plain(table).slice(0, 0), _with_reasons(table, reasons))
    good, quarantined = table.filter(pa.array(~bad)), table.filter(pa.array(bad))
    return Sifted(count, _plain(good), _with_reasons(quarantined, [row for row in reasons if row]))


def _reasons(table: pa.Table, contract: TableContract) -> dict[int, list[Reason]]:
    """Return what is wrong with each row that something is wrong with: faults of the source, then broken rules."""
    reasons: dict[int, list[Reason]] = defaultdict(list)
    for row in np.flatnonzero(pc.list_value_length(table[FAULTS]).to_numpy()):
        reasons[int(row)] += [Reason(fault.split(": ")[0], fault) for fault in table[FAULTS][int(row)].as_py()]
    checked = check(_frame(_plain(table)), _days(table), contract)
    for rule, row in zip(*np.nonzero(checked.broken), strict=True):
        reasons[int(row)].append(Reason(checked.rules[rule], checked.rules[rule]))
    return reasons


def _frame(table: pa.Table) -> pd.DataFrame:
    """Return the rows as pandas has them, with integers that a float would round kept whole."""
    frame: pd.DataFrame = table.to_pandas()
    for field in table.schema:
        column = table[field.name]
        if pa.types.is_integer(field.type) and column.null_count and _beyond(column, EXACT):
            frame[field.name] = column.to_pandas(integer_object_nulls=True)
    return frame


def _beyond(column: pa.ChunkedArray, limit: int) -> bool:
    ends = pc.min_max(column).as_py()
    return any(end is not None and abs(end) > limit for end in ends.values())


def _plain(table: pa.Table) -> pa.Table:
    return table.drop_columns([DAY, ROW, FAULTS])


def _with_reasons(table: pa.Table, reasons: Reasons) -> pa.Table:
    told = pa.array([[reason.text for reason in row] for row in reasons], pa.list_(pa.string()))
    return _plain(table).append_column(ROW, table[ROW]).append_column(REASONS, told)


def _days(table: pa.Table) -> npt.NDArray[np.int64]:
    """Return each row's day as days since 1970."""
    days: npt.NDArray[np.int64] = table[DAY].cast(pa.int32()).to_numpy().astype(np.int64)
    return days


def _spans(table: pa.Table) -> Iterator[tuple[date, int, int]]:
    """Yield (day, first row, rows) of a table that is ordered by day."""
    _, starts = np.unique(_days(table), return_index=True)
    for start, end in zip(starts, [*starts[1:], table.num_rows], strict=True):
        yield table[DAY][int(start)].as_py(), int(start), int(end - start)
