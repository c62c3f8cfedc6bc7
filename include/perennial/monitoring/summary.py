"""What stands above the drift page: what was decided on all rows, beside what the sample shows. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

STYLE = """<style>
.perennial { font: 14px/1.5 system-ui, sans-serif; margin: 1.5em; }
.perennial table { border-collapse: collapse; }
.perennial td, .perennial th { padding: 2px 12px; border-bottom: 1px solid #ddd; text-align: left; }
.perennial .drifted { font-weight: bold; }
</style>"""


def summary(window: str, why: str, figures: Mapping[str, Any]) -> str:
    """Return a part of a page: verdict, reference, error of the sample, and every column, the farthest first."""
    columns = sorted(figures["columns"].items(), key=lambda pair: (-_excess(pair[1]), pair[0]))
    head = "".join(f"<th>{name}</th>" for name in ("column", "distance", "all rows", "sample", "threshold", ""))
    body = "".join(_row(name, column) for name, column in columns)
    text = "".join(f"<p>{escape(one)}</p>" for one in (f"Drift in {window}: {why}.", *_said(figures)))
    return f'{STYLE}<div class="perennial">{text}<table><tr>{head}</tr>{body}</table></div>'


def _said(figures: Mapping[str, Any]) -> list[str]:
    days, rows = figures["reference_days"], figures["reference_rows"]
    against = f"{rows['features']:,} of {days['features']} ({figures['reference']['kind']})"
    said = [
        f"Decided on all {figures['rows']:,} rows, against {against} and the scores of {days['scores']}.",
        f"In {figures['years']:,} simulated years without drift there were {figures['rate']:.2f} alarms a year.",
    ]
    if figures["sample_error"] is not None:
        said.append(
            f"The plots are drawn from samples of at most {figures['sample']:,} rows; their distances are at most "
            f"{figures['sample_error']:.4f} off."
        )
    return said


def _row(name: str, column: Mapping[str, Any]) -> str:
    word = "drifted" if column["drifted"] else "beyond, not confirmed" if column["beyond"] else ""
    cells = [
        name,
        column["method"],
        _number(column["distance"]),
        _number(column["on_sample"]),
        _number(column["threshold"]),
        ", ".join(part for part in (word, column["note"]) if part),
    ]
    shown = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr class="{"drifted" if column["drifted"] else ""}">{shown}</tr>'


def _excess(column: Mapping[str, Any]) -> float:
    if column["distance"] is None:
        return float("inf") if column["beyond"] else 0.0
    return float(column["distance"] / column["threshold"])


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
