"""Commands that run stages and look at specs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from perennial.cli.shared import Model, console, finding, sentence, table
from perennial.context import open_context
from perennial.ledger.event import Event
from perennial.settings import Settings

app = typer.Typer()

Key = Annotated[str, typer.Option(help="a day, a range of days (2013-01-01..2013-03-31), or a version (v3)")]


@app.command()
def run(  # noqa: PLR0917 - a command's options
    model: Model,
    stage: Annotated[str, typer.Argument(help="ingest, features, train, ... archive, clock")],
    key: Key = "",
    reason: Annotated[str, typer.Option(help="why: for retrain, promote by hand, archive")] = "",
    version: Annotated[str | None, typer.Option(help="score: refuse unless this version may serve")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="archive: list what would be removed")] = False,
) -> None:
    """Run one stage here and now: the same calls that its DAG makes."""
    from perennial.notices.failures import ran_through
    from perennial.stages import Call, run_stage

    with console.status(f"{model}.{stage} {key}"):
        ctx = open_context(model, run=f"cli/{uuid4().hex[:8]}")
        for told in run_stage(ctx, stage, Call(key, reason, version, dry_run)):
            console.print(sentence(told) if isinstance(told, Event) else told or "")
        if not dry_run:
            ran_through(ctx.settings, ctx.chain, ctx.spec.notices, stage, key)


@app.command()
def validate(models: Annotated[list[str] | None, typer.Argument(help="models; all when none is named")] = None) -> None:
    """Check specs, contracts, transforms and policies; says of each mistake where it is and what would be legal."""
    from perennial.checks import check_models

    problems = 0
    for name, error in check_models(Settings.load(), models or []):
        finding(name, good=error is None)
        if error:
            console.print(str(error))
        problems += error is not None
    raise typer.Exit(1 if problems else 0)


@app.command("new-model")
def new_model(name: Annotated[str, typer.Argument(help="lower case letters, digits, underscores")]) -> None:
    """Make the folder of a new model: a commented spec, a transform and a few rows of data that pass `validate`."""
    from perennial.scaffold import new_model as make

    folder = make(Settings.load(), name)
    console.print(f"{folder} is ready. Read its model.yaml, then: perennial validate {name}")


@app.command()
def status(model: Model) -> None:
    """Say where a model stands: champion, newest day, queue, last report."""
    from perennial.audit.status import status as ask

    table(ask(open_context(model)))


@app.command()
def schema(out: Annotated[Path | None, typer.Option(help="write to this file")] = None) -> None:
    """Print the JSON Schema of model.yaml, for editors."""
    from perennial.spec.schema import schema_text

    if out:
        out.write_text(schema_text(), encoding="utf-8")
    else:
        typer.echo(schema_text(), nl=False)
