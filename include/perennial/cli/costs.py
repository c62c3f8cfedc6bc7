"""The command that says what models cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from perennial.cli.shared import console
from perennial.context import open_context
from perennial.settings import Settings
from perennial.spec import load_all

app = typer.Typer()

GIB = 1024**3
HEADINGS = ("tries", "failed", "s", "CPU s", "GiB in", "out", "peak", "Wh", "g CO2e")
"""Short ones, and no borders: it has to be read in a terminal of 80 columns."""


@app.command()
def costs(
    model: Annotated[str | None, typer.Argument(help="one model; all when none is named")] = None,
    days: Annotated[int | None, typer.Option(help="only the last days of business time", min=1)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for machines")] = False,
) -> None:
    """Show seconds, bytes, energy and carbon by stage and by retraining, and how much of the budget is used."""
    from perennial.audit.costs import costs as ask

    names = [model] if model else [spec.name for spec in load_all(Settings.load())[0]]
    found = [ask(open_context(name), days) for name in names]
    if as_json:
        typer.echo(json.dumps(found, indent=1))
        return
    for one in found:
        _show(one)


def _show(found: Mapping[str, Any]) -> None:
    """Print one model's tables."""
    when = f"the last {found['days']} days" if found["days"] else "all its life"
    stages = [*found["stages"].items(), ("total", found["total"])]
    console.print(_table(f"{found['model']}, {when}", "stage", stages))
    if found["retrainings"]:
        rows = [(f"{one['claim']} {one['version'] or ''}".strip(), one) for one in found["retrainings"]]
        console.print(_table("retrainings: train, validate, promote", "claim", rows))
    for one in found["budget"]:
        share = f"{one['what']}: {one['used']:.3g} of {one['allowed']}, {one['share']:.0%} ({one['verdict']})"
        console.print(f"{share}; when it is spent: {found['exceeded']}")
    if found["basis"]:
        console.print(f"energy {found['method']}: {found['basis']}")


def _table(title: str, first: str, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> Table:
    priced = any(one["price"] is not None for _, one in rows)
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column(first, no_wrap=True)
    for heading in (*HEADINGS, *(["price"] if priced else [])):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, one in rows:
        table.add_row(name, *_cells(one), *([_price(one)] if priced else []))
    return table


def _cells(one: Mapping[str, Any]) -> list[str]:
    memory = [f"{one[name] / GIB:.2f}" for name in ("bytes_read", "bytes_written", "peak_memory")]
    energy = [f"{1000 * one['kwh']:.3g}", f"{1000 * one['kg_co2e']:.3g}"]
    return [
        str(one["tries"]),
        str(one["failed"]),
        _seconds(one["seconds"]),
        _seconds(one["cpu_seconds"]),
        *memory,
        *energy,
    ]


def _price(one: Mapping[str, Any]) -> str:
    return "-" if one["price"] is None else f"{one['price']:.2f}"


def _seconds(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"  # noqa: PLR2004 - from here on tenths tell nothing
