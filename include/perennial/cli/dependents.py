"""The command that says who stands behind a model or a shared feature view."""

from __future__ import annotations

from typing import Annotated

import typer

from perennial.cli.shared import console
from perennial.context import open_context
from perennial.keys import version_key
from perennial.settings import Settings

app = typer.Typer()


@app.command("dependents")
def dependents_(name: Annotated[str, typer.Argument(help="a model, or a view of feature_repo/")]) -> None:
    """List the models that read it, also through others, and what a change of it means for each."""
    from perennial.dependents.declared import dependents

    for node, found in dependents(Settings.load(), name).items():
        console.print(f"{node}: {len(found)} model(s) behind it")
        for model, through in found.items():
            ctx = open_context(model.name)
            champion = ctx.chain.history().champion
            serving = f"champion {version_key(champion)}" if champion else "no champion"
            told = f"{ctx.spec.depends_on.on_change:<10}  {serving}"
            console.print(f"  {model.name:<24} reads {through!s:<24} {told}")
