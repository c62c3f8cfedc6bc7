"""Whether the raw data behind the champion's features is whole, table by table and column by column."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from perennial.context import Context
from perennial.datasets.definition import definition_in
from perennial.keys import Window, version_key
from perennial.lake.partitions import Partition
from perennial.ledger.history import History
from perennial.monitoring.case import Case
from perennial.monitoring.decisions.upstream import TableDay, faults, say, unknown
from perennial.monitoring.profile import profiles
from perennial.monitoring.reads import read_script
from perennial.monitoring.result import Result


def upstream(case: Case) -> Result:
    """Hold every day since the champion's training against the days it learnt from, and say what the window shows.

    Days after the window are looked at too: what was whole again since stops nobody.
    """
    until = max(case.window.last, case.history.newest_day or case.window.last)
    return look_at(case.ctx, case.history, case.version, case.window, until)


def look_at(
    ctx: Context, history: History, version: Mapping[str, Any], window: Window, until: date | None = None
) -> Result:
    """Judge the raw tables that a version's transform reads, by the columns that it reads.

    What is seen on the day `until` lasts; without it, on the window's last day.
    """
    made, fit = definition_in(history, version["transform"]), set(Window.parse(version["fit_window"]))
    seen = Window(window.first, until or window.last)
    days = {table: _days(ctx, history, version, ctx.table("raw", table), seen) for table in sorted(made.raw)}
    script = read_script(ctx.evidence.path(made.sql).read_text(encoding="utf-8"), [*made.raw], made.relations)
    columns = {table: script.columns(table, _columns(part)) for table, part in days.items()}
    found = [one for table in days for one in faults(table, days[table], fit, window, columns[table])]
    verdict, why = say(found, [*days], unknown(days, fit))
    figures = {
        "reference": version["fit_window"],
        "columns": columns,
        "rows": {
            name: {str(day): one.rows for day, one in part.items() if day in window} for name, part in days.items()
        },
        "faults": [one.to_dict() for one in found],
        "readers": {one.place: script.readers(one.table, one.column, [*made.relations]) for one in found},
    }
    return Result("upstream", verdict, why, figures, tuple(one.place for one in found))


def _days(
    ctx: Context, history: History, version: Mapping[str, Any], name: str, window: Window
) -> dict[date, TableDay]:
    """Return the profile of a raw table on each day from the version's training to the window's last."""
    fit, table = Window.parse(version["fit_window"]), ctx.spec.source.tables.get(name.rpartition("/")[2])
    if table is None or table.day:
        wanted = {day: one for day, one in history.partitions(name).items() if fit.first <= day <= window.last}
    else:
        wanted = _as_it_stood(history, version, name, fit, window)
    known = profiles(ctx, wanted.values())
    return {day: known[one] for day, one in wanted.items()}


def _as_it_stood(
    history: History, version: Mapping[str, Any], name: str, fit: Window, window: Window
) -> dict[date, Partition]:
    """Return a reference table on every day: as it was when the version was registered, and as it is now."""
    registered = history.last("candidate.registered", version_key(version["version"]))
    before = [event for event in history.events if registered is None or event.seq < registered.seq]
    then, now = History(history.chain, before).partitions(name), history.partitions(name)
    return {
        **{day: one for one in then.values() for day in fit},
        **{day: one for one in now.values() for day in window if day not in fit},
    }


def _columns(days: Mapping[date, TableDay]) -> list[str]:
    """Name every column that some day has."""
    return list(dict.fromkeys(name for one in days.values() for name in one.columns))
