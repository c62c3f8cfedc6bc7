"""Horizontal drawings as inline SVG: shares of groups with their intervals, weights as bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from perennial.validation.card.plots import axis, text_at

WIDTH, NAME, FIGURES, ROW, TOP, BOTTOM = 360, 250, 110, 22, 34, 40
INK, PALE = "#1f5fa8", "#9db8d9"
LONGEST = 42
"""Characters of a name that are shown."""


@dataclass(frozen=True)
class Bar:
    """A named value; `low` and `high` are the ends of its interval, `note` stands beside it."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""


def bars(title: str, x: str, rows: Sequence[Bar]) -> str:
    """Draw values as bars from 0."""
    top = _top(rows)
    drawn = (_bar(row, _place(number), top) for number, row in enumerate(rows) if row.value is not None)
    return _frame(title, x, rows, top, [part for parts in drawn for part in parts])


def dots(title: str, x: str, rows: Sequence[Bar]) -> str:
    """Draw values as dots with the whiskers of their intervals."""
    top = _top(rows)
    drawn = (_dot(row, _place(number), top) for number, row in enumerate(rows) if row.value is not None)
    return _frame(title, x, rows, top, [part for parts in drawn for part in parts])


def _frame(title: str, x: str, rows: Sequence[Bar], top: float, drawn: Sequence[str]) -> str:
    width, height = NAME + WIDTH + FIGURES, TOP + ROW * len(rows) + BOTTOM
    opening = (
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' role="img" aria-label="{escape(title)}" font-family="sans-serif" font-size="11">'
    )
    ends = [text_at(NAME + WIDTH * step / 4, TOP + ROW * len(rows) + 16, f"{top * step / 4:.2g}") for step in range(5)]
    lines = [_line(NAME + WIDTH * step / 4, TOP, TOP + ROW * len(rows)) for step in range(5)]
    names = [part for number, row in enumerate(rows) for part in _names(row, _place(number))]
    return "\n".join(
        [
            opening,
            text_at(8, 18, title, 'font-size="13" font-weight="600"'),
            *lines,
            *ends,
            *names,
            *drawn,
            text_at(NAME + WIDTH / 2, height - 6, x, 'text-anchor="middle"'),
            "</svg>",
        ]
    )


def _names(row: Bar, y: float) -> list[str]:
    short = row.name if len(row.name) <= LONGEST else row.name[: LONGEST - 1] + "…"
    return [
        text_at(NAME - 8, y + 4, short, 'text-anchor="end"'),
        text_at(NAME + WIDTH + 10, y + 4, row.note, 'fill="#444"'),
    ]


def _bar(row: Bar, y: float, top: float) -> list[str]:
    long = max(0.0, WIDTH * float(row.value or 0) / top)
    return [f'<rect x="{NAME}" y="{y - 7:g}" width="{long:.1f}" height="14" fill="{INK}"/>', *_whisker(row, y, top)]


def _dot(row: Bar, y: float, top: float) -> list[str]:
    x = NAME + WIDTH * float(row.value or 0) / top
    return [*_whisker(row, y, top), f'<circle cx="{x:.1f}" cy="{y:g}" r="4" fill="{INK}"/>']


def _whisker(row: Bar, y: float, top: float) -> list[str]:
    if row.low is None or row.high is None:
        return []
    low, high = NAME + WIDTH * row.low / top, NAME + WIDTH * min(row.high, top) / top
    return [f'<line x1="{low:.1f}" y1="{y:g}" x2="{high:.1f}" y2="{y:g}" stroke="{PALE}" stroke-width="5"/>']


def _top(rows: Sequence[Bar]) -> float:
    return axis(max([1e-6, *(row.high or row.value or 0.0 for row in rows)]))[0]


def _place(number: int) -> float:
    return TOP + ROW * number + ROW / 2


def _line(x: float, first: float, last: float) -> str:
    return f'<line x1="{x:g}" y1="{first}" x2="{x:g}" y2="{last}" stroke="#dddddd"/>'
