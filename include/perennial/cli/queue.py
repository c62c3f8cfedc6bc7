"""Commands by which a person moves the retraining queue on."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

import typer

from perennial.cli.shared import Model, Reason, console, sentence
from perennial.context import open_context

app = typer.Typer()


@app.command("reset-breaker")
def reset_breaker(model: Model, reason: Reason) -> None:
    """Let machines ask for trainings again after several that did not help."""
    from perennial.retraining.by_hand import reset_breaker as reset

    console.print(sentence(reset(open_context(model, run=f"cli/{uuid4().hex[:8]}"), reason)))
    console.print(f"next: perennial run {model} retrain")


@app.command()
def abandon(
    model: Model, claim: Annotated[str, typer.Argument(help="a training under way: t3")], reason: Reason
) -> None:
    """Give up a training that can never end; what asked for it is asked again."""
    from perennial.retraining.by_hand import abandon as give_up

    console.print(sentence(give_up(open_context(model), claim, reason)))
    console.print(f"next: perennial run {model} retrain")
