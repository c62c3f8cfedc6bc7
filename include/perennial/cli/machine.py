"""Commands about this machine: databases, Airflow, the demo."""

from __future__ import annotations

from typing import Annotated

import typer

from perennial.cli.shared import console, finding
from perennial.settings import Settings

app = typer.Typer()


@app.command()
def prepare() -> None:
    """Make the databases ready: tables, roles, the signing key. Does nothing where they are."""
    from perennial.prepare import prepare as make

    console.print("ready" if make(Settings.load()) else "was ready")


@app.command()
def up() -> None:
    """Start Postgres and Airflow here, and say where and as whom to enter."""
    from perennial.local import postgres, stack
    from perennial.prepare import prepare as make

    settings = Settings.load()
    with console.status("Starting Postgres, bringing tables up to date"):
        postgres.start(settings)
        make(settings)
    here = stack.up(settings)
    console.print(
        f"Airflow answers at {here.url}\n  user      {here.user}\n  password  {here.password}\n  logs      {here.logs}"
    )


@app.command()
def down() -> None:
    """End every process that `up` started, and those they started."""
    from perennial.local import stack

    stack.down(Settings.load())
    console.print("everything has ended")


@app.command()
def clean(
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Delete what runs left here: ledger, lake, models, evidence, Airflow. Asks first; there is no way back."""
    from perennial.local.cleaning import clean as remove
    from perennial.local.cleaning import what_is_there

    settings = Settings.load()
    for line in what_is_there(settings):
        console.print(line)
    if yes or typer.confirm(f"Delete all of {settings.var}?"):
        remove(settings)
        console.print("deleted")


@app.command()
def doctor() -> None:
    """Say what of this installation is in order, and what to do about what is not."""
    from perennial.local.doctor import examine

    sick = 0
    for found in examine(Settings.load()):
        sick += not found.good
        finding(found.text, good=found.good)
    raise typer.Exit(1 if sick else 0)


@app.command()
def demo(
    model: Annotated[str, typer.Argument(help="flight_delay or census_income")] = "flight_delay",
    weeks: Annotated[int, typer.Option(help="flight_delay: weeks to play after the first three months")] = 26,
    keep: Annotated[bool, typer.Option("--keep", help="leave Airflow running at the end")] = True,
) -> None:
    """Live the whole life of a model in Airflow, on played business time."""
    from perennial.local.demo import play

    raise typer.Exit(play(Settings.load(), model, weeks=weeks, keep=keep, console=console))
