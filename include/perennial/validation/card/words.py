"""How figures are written: numbers, intervals, tables of pairs, and any nested figures as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from perennial.validation.card.document import Table

MOST = 60
"""Rows of figures that a section shows; all of them stand in the evidence."""
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


def figures(value: Any) -> Table:
    """Write nested figures as rows, each named by its way down."""
    rows = list(_rows(value, ()))
    shown = rows[:MOST]
    if len(rows) > MOST:
        shown.append([f"and {len(rows) - MOST} more", "in the evidence", ""])
    return Table(HEADER, shown)


def pairs(rows: Sequence[tuple[str, object]]) -> Table:
    """Write names and values, without a heading."""
    return Table(["", ""], [[name, str(value)] for name, value in rows])


def listed(values: Mapping[str, Any]) -> str:
    """Write names and values in one line."""
    return ", ".join(f"{name} {plain(value)}" for name, value in sorted(values.items())) or "none"


def plain(value: Any) -> str:
    """Write a value shortly."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _rows(value: Any, way: tuple[str, ...]) -> Iterator[list[str]]:
    name = ": ".join(part.replace("_", " ") for part in way)
    if is_estimate(value):
        yield estimate(name, value)
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
