"""The contract report of a chunk of days: the evidence behind what was written and what was refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from perennial.ingest.contract import describe
from perennial.ingest.decision import DayCount
from perennial.keys import Window
from perennial.spec import Spec


def contract_report(spec: Spec, window: Window, counts: Iterable[DayCount]) -> dict[str, Any]:
    """Return rules, limits, and of each day the counts and the rules that were broken; a rule not named was kept."""
    tables: dict[str, Any] = {}
    for count in counts:
        rules = spec.contract[count.table].expect if count.table in spec.contract else ()
        table = {"max_quarantined": count.limit, "rules": [describe(rule) for rule in rules], "days": {}}
        tables.setdefault(count.table, table)["days"][str(count.day)] = count.to_dict()
    return {"model": spec.name, "window": str(window), "tables": tables}
