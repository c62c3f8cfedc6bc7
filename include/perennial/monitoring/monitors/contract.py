"""Whether more and more rows break the data contract, by the ledger's own counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from perennial.ledger.event import Event
from perennial.monitoring.case import Case
from perennial.monitoring.decisions.contract import Count, say, trends
from perennial.monitoring.result import Result

REACH = timedelta(days=90)
"""How far back a window is compared."""


def contract(case: Case) -> Result:
    """Compare the share of quarantined rows in the window with that of the days before it, table by table."""
    counts = _counts(case)
    limits = {table: case.spec.rules(table).max_quarantined for table in counts}
    found = {table: trends(table, days, case.window, limits[table]) for table, days in counts.items()}
    rising = [one for some in found.values() for one in some or ()]
    verdict, why = say(rising, [*found], [table for table, some in found.items() if some is None])
    figures = {
        "shares": {table: _shares(days, case) for table, days in counts.items()},
        "limits": limits,
        "rising": [one.to_dict() for one in rising],
    }
    at_fault = dict.fromkeys(f"{one.table}: {one.rule}" if one.rule else one.table for one in rising)
    return Result("contract", verdict, why, figures, tuple(at_fault))


def _counts(case: Case) -> dict[str, dict[date, Count]]:
    """Return what was read and quarantined of each day's newest revision, table by table."""
    first, last = str(case.window.first - REACH), str(case.window.last)
    daily = [name for name, table in case.spec.source.tables.items() if table.day]
    told: dict[tuple[str, str], Event] = {}
    for event in case.history.of("raw.written"):
        for table in daily:
            told |= {(table, day): event for day in event.payload["counts"].get(table, ()) if first <= day <= last}
    rules = {event.hash: _rules(case, event) for event in {event.hash: event for event in told.values()}.values()}
    counts: dict[str, dict[date, Count]] = {table: {} for table in daily}
    for (table, day), event in told.items():
        kept = event.payload["counts"][table][day]
        broken = rules[event.hash].get(table, {}).get(day, {})
        counts[table][date.fromisoformat(day)] = Count(kept["read"], kept["quarantined"], broken)
    return counts


def _rules(case: Case, event: Event) -> dict[str, dict[str, Mapping[str, int]]]:
    """Return how many rows broke each rule by table and day, from the contract's report of an event."""
    report: Any = case.ctx.evidence.read_json(event.evidence) if event.evidence else {"tables": {}}
    return {
        table: {
            day: {rule: one["unexpected"] for rule, one in found["broken"].items()}
            for day, found in kept["days"].items()
        }
        for table, kept in report["tables"].items()
    }


def _shares(days: Mapping[date, Count], case: Case) -> dict[str, float]:
    inside = {day: one for day, one in sorted(days.items()) if day in case.window and one.read}
    return {str(day): round(one.quarantined / one.read, 6) for day, one in inside.items()}
