"""Plots as inline SVG: the same numbers give the same bytes, and print at any size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

Points = Sequence[tuple[float, float]]

SIDE, LEFT, TOP, BOTTOM, LEGEND = 300, 52, 28, 44, 150
STYLES = (("#1f5fa8", ""), ("#b34700", "7 3"), ("#666666", "2 3"))
"""Colour and dashes of the first, second and third line: told apart without colour too."""


@dataclass(frozen=True)
class Line:
    """A named line through points of the square; `marked` shows the points themselves."""

    name: str
    points: Points
    marked: bool = False


def square(title: str, x: str, y: str, lines: Sequence[Line], most: float = 1.0) -> str:
    """Draw lines over a square whose axes both run from 0 to a round number from `most` on; at most three lines."""
    top, ticks = axis(most)
    width, height = LEFT + SIDE + LEGEND, TOP + SIDE + BOTTOM
    opening = (
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' role="img" aria-label="{escape(title)}" font-family="sans-serif" font-size="11">'
    )
    parts = [
        opening,
        text_at(LEFT, 16, title, 'font-size="13" font-weight="600"'),
        f'<rect x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#888"/>',
        *_axes(top, ticks),
        text_at(LEFT + SIDE / 2, height - 8, x, 'text-anchor="middle"'),
        text_at(14, TOP + SIDE / 2, y, f'text-anchor="middle" transform="rotate(-90 14 {TOP + SIDE / 2:g})"'),
        _path([(0.0, 0.0), (top, top)], top, "#bbbbbb", "4 4"),
    ]
    for number, (line, (colour, dashes)) in enumerate(zip(lines, STYLES, strict=False)):
        parts += [_path(line.points, top, colour, dashes), *_legend(number, line.name, colour, dashes)]
        parts += [_dot(point, top, colour) for point in line.points if line.marked]
    return "\n".join([*parts, "</svg>"])


def axis(most: float) -> tuple[float, int]:
    """Return the end of an axis that holds `most` (above 0), and into how many round steps it is cut."""
    unit = 10.0 ** math.floor(math.log10(most))
    units = math.ceil(round(most / unit, 9))
    return units * unit, {1: 5, 2: 4, 3: 6}.get(units, units)


def _axes(top: float, ticks: int) -> list[str]:
    parts = []
    for step in range(ticks + 1):
        value = top * step / ticks
        x, y = _place((value, value), top)
        parts.append(text_at(x, TOP + SIDE + 14, f"{value:.2g}", 'text-anchor="middle"'))
        parts.append(text_at(LEFT - 5, y + 4, f"{value:.2g}", 'text-anchor="end"'))
    return parts


def _legend(number: int, name: str, colour: str, dashes: str) -> list[str]:
    x, y = LEFT + SIDE + 12, TOP + 12 + 18 * number
    drawn = f'stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"'
    return [f'<line x1="{x}" y1="{y}" x2="{x + 24}" y2="{y}" {drawn}/>', text_at(x + 30, y + 4, name, "")]


def _path(points: Points, top: float, colour: str, dashes: str) -> str:
    placed = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_place(point, top) for point in points))
    return f'<polyline points="{placed}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>'


def _dot(point: tuple[float, float], top: float, colour: str) -> str:
    x, y = _place(point, top)
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'


def _place(point: tuple[float, float], top: float) -> tuple[float, float]:
    return LEFT + SIDE * point[0] / top, TOP + SIDE * (1 - point[1] / top)


def text_at(x: float, y: float, text: str, attributes: str = 'text-anchor="middle"') -> str:
    """Write words at a place."""
    return f'<text x="{x:g}" y="{y:g}" {attributes}>{escape(text)}</text>'
