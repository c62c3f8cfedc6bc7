"""The command `perennial`: the same stages without Airflow, and the answers of the ledger."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from perennial.cli import (
    brakes,
    costs,
    dependents,
    governance,
    ledger,
    machine,
    notices,
    queue,
    records,
    stages,
    waivers,
)
from perennial.errors import PerennialError

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
THEMES = {
    "A model and its stages": (stages, queue),
    "What is on record": (records, dependents, costs),
    "What people decide": (governance, waivers, brakes),
    "This machine": (machine,),
}
"""Under which heading of `perennial --help` the commands of a file stand."""
for heading, themes in THEMES.items():
    for theme in themes:
        for one in theme.app.registered_commands:
            one.rich_help_panel = heading
        app.add_typer(theme.app)
app.add_typer(ledger.app, name="ledger", rich_help_panel="What is on record")
app.add_typer(notices.app, name="notices", rich_help_panel="What is on record")


def main() -> None:
    """Run the command; an error of ours is told in its own words, without a traceback."""
    try:
        app()
    except PerennialError as error:
        Console(stderr=True, soft_wrap=True).print(str(error), markup=False, highlight=False)
        sys.exit(1)
