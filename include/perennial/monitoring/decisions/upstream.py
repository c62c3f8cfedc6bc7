"""Is the data that comes in broken, since when, and where? Pure: profiles of the days in, faults out.

    what is seen                              since when it counts
    a column that holds nothing               the first day, where no reference day had fewer than MANY values
    a column with one value in all rows       the same
      ... where that happens by chance        after a run of days that chance gives less than once in YEARS
    a column that is missing far more often   two days
    a column beyond the range that it had     the first day
    a column on another scale                 two days
    a table without rows                      the first day, where no such weekday was without
    a table with far too few rows             two days

A run that reaches the newest day is a fault; one that ended before is told, but the data is whole again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from perennial.keys import Window
from perennial.monitoring.decisions import signs
from perennial.monitoring.decisions.profiles import ColumnDay, Sign
from perennial.monitoring.result import Verdict

ENOUGH = 14
"""Reference days below which nothing is said of a table."""
SHOWN = 6


@dataclass(frozen=True)
class TableDay:
    """One day of a raw table."""

    rows: int
    columns: Mapping[str, ColumnDay]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a table (or a column of it), from the first to the last day that shows it."""

    table: str
    column: str | None
    says: str
    since: date
    until: date
    lasts: bool
    """Whether the newest day shows it."""

    @property
    def place(self) -> str:
        """`table.column`, or the table."""
        return f"{self.table}.{self.column}" if self.column else self.table

    def __str__(self) -> str:
        """Say what is wrong, where and when."""
        when = f"since {self.since}" if self.lasts else f"from {self.since} to {self.until}"
        return f"{self.place} {self.says}, {when}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self) | {"since": str(self.since), "until": str(self.until)}


def faults(
    table: str, days: Mapping[date, TableDay], reference: Collection[date], window: Window, columns: Collection[str]
) -> list[Fault]:
    """Return what is wrong with a table in the days of a window, at most one fault a column; at most one of the table.

    `days` holds reference days and later ones, those after the window too: they tell what lasts. `columns` are those
    that matter.
    """
    known = {day: days[day] for day in sorted(reference) if day in days}
    later = {day: one for day, one in sorted(days.items()) if day not in reference}
    if not _enough(known.values()) or not later:
        return []
    rows, past = ({day: one.rows for day, one in part.items()} for part in (later, known))
    own = [signs.no_rows(past, rows), signs.few_rows(past, rows)]
    whole = _first(table, None, own, list(later), window)
    if whole and whole.lasts:  # what its columns show follows from it
        return [whole]
    found = [whole, *(_first(table, name, *_signs(known, later, name), window) for name in columns)]
    return [fault for fault in found if fault]


def unknown(tables: Mapping[str, Mapping[date, TableDay]], reference: Collection[date]) -> list[str]:
    """Name the tables with too few reference days to say anything."""
    return [name for name, days in tables.items() if not _enough(one for day, one in days.items() if day in reference)]


def say(found: Sequence[Fault], tables: Sequence[str], too_new: Sequence[str]) -> tuple[Verdict, str]:
    """Return the verdict on all tables; of those that are `too_new` nothing is known."""
    lasting, over = [one for one in found if one.lasts], [one for one in found if not one.lasts]
    if lasting:
        more = f"; and {len(lasting) - SHOWN} more" if len(lasting) > SHOWN else ""
        return "alarm", "; ".join(map(str, lasting[:SHOWN])) + more
    if over:
        return "watch", "; ".join(map(str, over[:SHOWN])) + "; it is whole again"
    if too_new:
        return "insufficient_data", f"fewer than {ENOUGH} days of {', '.join(too_new)} that the champion learnt from"
    return "ok", f"the columns of {', '.join(tables)} look as on the days that the champion learnt from"


def _enough(reference: Iterable[TableDay]) -> bool:
    return sum(one.rows > 0 for one in reference) >= ENOUGH


def _signs(
    known: Mapping[date, TableDay], later: Mapping[date, TableDay], name: str
) -> tuple[list[Sign], Sequence[date]]:
    """Return the signs of a column, the plainest first, and the days with rows."""
    reference, now = (
        {day: one.columns.get(name, ColumnDay(one.rows, 0, 0)) for day, one in part.items() if one.rows}
        for part in (known, later)
    )
    looks = (signs.empty, signs.constant, signs.missing, signs.outside, signs.scale)
    return [look(list(reference.values()), now) for look in looks], list(now)


def _first(
    table: str, column: str | None, looked: Sequence[Sign], days: Sequence[date], window: Window
) -> Fault | None:
    """Return the first sign's run that is long enough and touches the window; one that lasts goes first."""
    found = [
        Fault(table, column, sign.says, run[0], run[-1], lasts=run[-1] == days[-1])
        for sign in looked
        for run in _runs(days, sign)
        if run[0] <= window.last and run[-1] >= window.first and len(run) >= sign.needed(run[0])
    ]
    return max(found, key=lambda fault: fault.lasts, default=None)


def _runs(days: Sequence[date], sign: Sign) -> Iterator[list[date]]:
    """Yield the stretches of days in succession that show a sign; days without data do not end one."""
    run: list[date] = []
    for day in days:
        if day in sign.days:
            run.append(day)
        elif run:
            yield run
            run = []
    if run:
        yield run
