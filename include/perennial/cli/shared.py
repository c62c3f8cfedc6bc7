"""What all commands share: the console, the model's name, how an event and a table are shown."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from perennial.ledger.event import Event
from perennial.ledger.gist import gist

console = Console(soft_wrap=True, highlight=False, markup=False)
"""What is printed holds words of people, whose [brackets] are no markup."""

Model = Annotated[str, typer.Argument(help="the model's name, as its folder's")]
Reason = Annotated[str, typer.Option(help="why, in some words; it stands in the ledger")]


def sentence(event: Event) -> str:
    """Return an event as one line."""
    when = f"{event.business_time:%Y-%m-%d}" if event.business_time else "-"
    seen = f"{event.seq:>5}  {event.wall_time:%Y-%m-%d %H:%M:%S}  {when:>10}"
    return f"{seen}  {event.type:<24} {event.key:<24} {event.actor}  {gist(event)}"


def table(rows: dict[str, object]) -> None:
    """Print names and values, one to a line."""
    width = max(map(len, rows), default=0)
    for name, value in rows.items():
        console.print(f"{name:<{width}}  {value}")


def finding(text: str, *, good: bool) -> None:
    """Print a line behind a green ok or a red wrong."""
    console.print(Text.assemble(("ok   ", "green") if good else ("wrong", "red"), f" {text}"))
