"""The command that says what models cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from perennial.cli.shared import console
from perennial.context import open_context
from perennial.settings import Settings
from perennial.spec import load_all

app = typer.Typer()

GIB = 1024**3
HEADINGS = ("tries", "failed", "seconds", "CPU s", "read GiB", "written GiB", "peak GiB", "kWh", "kg CO2e", "price")


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
        console.print(f"{share}; when it is spent: {found['exceeded']}", markup=False)
    if found["basis"]:
        console.print(f"energy {found['method']}: {found['basis']}", markup=False)


def _table(title: str, first: str, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(first)
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    for name, one in rows:
        table.add_row(name, *_cells(one))
    return table


def _cells(one: Mapping[str, Any]) -> list[str]:
    memory = [f"{one[name] / GIB:.2f}" for name in ("bytes_read", "bytes_written", "peak_memory")]
    price = "-" if one["price"] is None else f"{one['price']:.2f}"
    energy = [f"{one['kwh']:.3g}", f"{one['kg_co2e']:.3g}", price]
    return [
        str(one["tries"]),
        str(one["failed"]),
        f"{one['seconds']:.1f}",
        f"{one['cpu_seconds']:.1f}",
        *memory,
        *energy,
    ]
