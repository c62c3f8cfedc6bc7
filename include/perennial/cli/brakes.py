"""Commands that stop a model, or all of them, and let go on; whoever's account runs them is who did."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

import typer

from perennial.cli.shared import Reason, console, sentence
from perennial.context import open_chain
from perennial.errors import KeyInvalid
from perennial.ledger.brakes import EVERY_MODEL, SCOPES
from perennial.ledger.chain import Chain
from perennial.settings import Settings

app = typer.Typer()

Name = Annotated[str | None, typer.Argument(help="the model's name, as its folder's")]
All = Annotated[bool, typer.Option("--all", help="all models")]


@app.command("hold")
def hold_(
    reason: Reason,
    model: Name = None,
    every: All = False,
    scope: Annotated[list[str] | None, typer.Option(help="scoring, training or promotion; all when none")] = None,
) -> None:
    """Stop scoring, training or promotion until a person releases it; what is under way is stopped, too."""
    from perennial.ledger.holds import place

    placed = place(_chain("hold", model, every=every), scope or SCOPES, reason)  # type: ignore[arg-type]  # it looks
    console.print(sentence(placed))
    console.print(f'to go on: perennial release {_named(model)} --reason "..."')


@app.command()
def release(
    reason: Reason,
    model: Name = None,
    every: All = False,
    hold: Annotated[list[int] | None, typer.Option(help="the number of a hold, where several stand")] = None,
) -> None:
    """Lift a hold, and say which days were not scored under it. Runs in Airflow that waited go on by themselves."""
    from perennial.audit.holds import left_unscored
    from perennial.ledger.holds import lift

    lifted = lift(_chain("release", model, every=every), reason, hold or ())
    console.print(sentence(lifted))
    for name, window in left_unscored(Settings.load(), lifted):
        console.print(f"not scored yet: {name} {window}. Where no run of {name}.score waits in Airflow:")
        console.print(f"  perennial run {name} score --key {window}")


@app.command()
def holds(model: Name = None) -> None:
    """List the holds that stand, of a model or of everything."""
    from perennial.audit.holds import standing_everywhere
    from perennial.ledger.holds import holds as of_one

    settings = Settings.load()
    found = of_one(open_chain(model, settings=settings)) if model else standing_everywhere(settings)
    for hold in found:
        console.print(str(hold))
    if not found:
        console.print("nothing is held")


def _chain(command: str, model: str | None, *, every: bool) -> Chain:
    """Open the chain of what was named: a model, or all of them; raises KeyInvalid for neither and for both."""
    if bool(model) == every:
        raise KeyInvalid(
            command,
            expected="a model, or --all",
            found=f"{model} and --all" if model else "neither",
            next_command=f'perennial {command} --all --reason "..."',
        )
    return open_chain(model or EVERY_MODEL, run=f"cli/{uuid4().hex[:8]}")


def _named(model: str | None) -> str:
    return model or "--all"
