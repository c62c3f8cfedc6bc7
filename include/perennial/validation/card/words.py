"""How figures are written: numbers, intervals, tables of pairs, and any nested figures as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from perennial.validation.card.document import Block, Table, Text

MOST = 60
"""Rows of figures that a section shows; all of them stand in the evidence."""
FIRST = ("column", "name", "kind", "rows", "value", "low", "high")
"""Columns of records that come first, in this order: kept JSON has them by the alphabet."""
HEADER = ["figure", "value", "95 % interval"]


def number(value: Any) -> str:
    """Write a figure, or a dash."""
    if value is None or isinstance(value, bool):
        return {None: "-", True: "yes", False: "no"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def share(value: float | None) -> str:
    """Write a share in per cent, or a dash."""
    return "-" if value is None else f"{value:.1%}"


def between(low: float | None, high: float | None) -> str:
    """Write an interval, or a dash."""
    return "-" if low is None or high is None else f"{low:.4f} to {high:.4f}"


def estimate(name: str, figure: Mapping[str, Any]) -> list[str]:
    """Write an estimate, or why it is unknown, as a row."""
    if "value" not in figure:
        return [name, "unknown", str(figure["why"])]
    return [name, number(figure["value"]), between(figure.get("low"), figure.get("high"))]


def is_estimate(value: Any) -> bool:
    """Tell an estimate, or an unknown one, from other nested figures."""
    return isinstance(value, Mapping) and ({"value", "low", "high"} <= value.keys() or value.keys() == {"why"})


def figures(found: Mapping[str, Any]) -> list[Block]:
    """Write nested figures: records as tables of their own, all others as rows named by their way down."""
    lists = {name: value for name, value in found.items() if _records(value)}
    rows = list(_rows({name: value for name, value in found.items() if name not in lists}, ()))
    shown = rows[:MOST]
    if len(rows) > MOST:
        shown.append([f"and {len(rows) - MOST} more", "in the evidence", ""])
    tables = [block for name, value in lists.items() for block in _table(name, value)]
    if not any(row[2] for row in shown):
        shown = [row[:2] for row in shown]
    return [*([Table(HEADER[: len(shown[0])], shown)] if shown else []), *tables]


def pairs(rows: Sequence[tuple[str, object]]) -> Table:
    """Write names and values, without a heading."""
    return Table(["", ""], [[name, str(value)] for name, value in rows])


def listed(values: Mapping[str, Any]) -> str:
    """Write names and values in one line."""
    return ", ".join(f"{name} {plain(value)}" for name, value in sorted(values.items())) or "none"


def plain(value: Any) -> str:
    """Write a value shortly."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _records(value: Any) -> bool:
    """Tell a list of flat records from other figures."""
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(one, Mapping) and not any(map(_nested, one.values())) for one in value)


def _nested(value: Any) -> bool:
    return isinstance(value, Mapping | list)


def _table(name: str, records: Sequence[Mapping[str, Any]]) -> list[Block]:
    """Write records, one to a row."""
    columns = [*(one for one in FIRST if one in records[0]), *(one for one in records[0] if one not in FIRST)]
    header = [column.replace("_", " ") for column in columns]
    shown = [[number(record[column]) for column in columns] for record in records[:MOST]]
    more = f", the first {MOST} of {len(records)}: all are in the evidence" if len(records) > MOST else ""
    return [Text(f"{name.replace('_', ' ').capitalize()}{more}"), Table(header, shown)]


def _rows(value: Any, way: tuple[str, ...]) -> Iterator[list[str]]:
    name = ": ".join(part.replace("_", " ") for part in way)
    if is_estimate(value):
        yield estimate(name, value)
    elif isinstance(value, Mapping) and way and len(value) > 1 and not any(map(_nested, value.values())):
        yield [name, ", ".join(f"{key} {number(one)}" for key, one in value.items()), ""]
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _rows(one, (*way, str(key)))
    elif isinstance(value, list) and any(isinstance(one, Mapping | list) for one in value):
        for place, one in enumerate(value, start=1):
            named = str(one.get("name", place)) if isinstance(one, Mapping) else str(place)
            yield from _rows(one, (*way, named))
    elif isinstance(value, list):
        yield [name, ", ".join(map(number, value)) or "none", ""]
    else:
        yield [name, number(value), ""]
