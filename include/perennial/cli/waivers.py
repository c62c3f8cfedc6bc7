"""Commands by which people let candidates past a gate, and take that back."""

from __future__ import annotations

from typing import Annotated

import typer

from perennial.cli.shared import Model, console, sentence
from perennial.context import open_context

app = typer.Typer()


@app.command()
def waive(
    model: Model,
    gate: Annotated[str, typer.Argument(help="a gate of the policy, or one of its parts: gate:part")],
    until: Annotated[str, typer.Option(help="the last day it counts: 2027-01-31")],
    reason: Annotated[str, typer.Option(help="why candidates may pass: it stands in the card")],
) -> None:
    """Let candidates past a gate until a day, under your name and with a reason that stands in every card."""
    from perennial.validation.waive import waive as grant

    console.print(sentence(grant(open_context(model), gate, until=until, reason=reason)), markup=False)


@app.command()
def revoke(
    model: Model,
    gate: Annotated[str, typer.Argument(help="the gate that is waived, or gate:part")],
    reason: Annotated[str, typer.Option(help="why it shall count no more: it stands in the card")],
) -> None:
    """Take a waiver back: from now on it counts for nothing, and what was judged with it is not promoted."""
    from perennial.validation.waive import revoke as take_back

    console.print(sentence(take_back(open_context(model), gate, reason=reason)), markup=False)


@app.command()
def waivers(model: Model) -> None:
    """List who let candidates past which gate until when, and what that opened."""
    from perennial.audit.waivers import waivers as ask

    for line in ask(open_context(model)):
        console.print(line, markup=False)
