"""Commands that answer from the records: what happened, where a thing comes from, whether all is as told."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from perennial.cli.shared import Model, console, sentence, table
from perennial.context import open_context, open_ledger
from perennial.ledger.brakes import EVERY_MODEL
from perennial.settings import Settings

app = typer.Typer()

Version = Annotated[str, typer.Argument(help="a version such as v3")]


@app.command()
def history(
    model: Model, at: Annotated[datetime | None, typer.Option(help="who was champion at this time (UTC)?")] = None
) -> None:
    """List what happened to a model's versions, or who was champion at a time, by whose decision, on which evidence."""
    from perennial.audit.versions import champion_at, versions

    ctx = open_context(model)
    for line in [champion_at(ctx, at)] if at else versions(ctx):
        console.print(line)


@app.command()
def card(
    model: Model,
    version: Version,
    html: Annotated[Path | None, typer.Option(help="write one HTML file that prints well, instead of Markdown")] = None,
    technical: Annotated[bool, typer.Option("--technical", help="the technical file (Annex IV) instead")] = False,
) -> None:
    """Show a version's model card as of now: with its approvals, promotions and retirement."""
    from perennial.audit.cards import card_of
    from perennial.validation.card.document import to_html, to_markdown

    document = card_of(open_context(model), version, technical=technical)
    if html:
        html.write_text(to_html(document), encoding="utf-8")
        console.print(f"{html} is written")
    else:
        typer.echo(to_markdown(document), nl=False)


@app.command()
def evidence(
    model: Model,
    version: Version,
    out: Annotated[Path | None, typer.Option(help="the zip to write; <model>-<version>.zip here by default")] = None,
    with_data: Annotated[bool, typer.Option("--with-data", help="with the rows it was trained on")] = False,
) -> None:
    """Pack all that an auditor needs of one version into a zip that checks itself offline."""
    from perennial.audit.pack import pack

    target = out or Path(f"{model}-{version}.zip")
    sha256 = pack(open_context(model), version, target, with_data=with_data)
    console.print(f"{target}, sha256 {sha256}\nUnpacked it is checked by: python verify.py", markup=False)


@app.command()
def reproduce(
    model: Model,
    version: Version,
) -> None:
    """Train a version again from its frozen training set and say what of it came out the same."""
    from perennial.metering.record import metered
    from perennial.training.reproduce import reproduce as train_again

    ctx = open_context(model)
    with console.status(f"{model} {version} is trained again"), metered(ctx, "reproduce", version):
        event = train_again(ctx, version)
    console.print(sentence(event), markup=False)
    raise typer.Exit(1 if event.payload["result"] == "different" else 0)


@app.command()
def trace(prediction: Annotated[str, typer.Argument(help="a prediction's id: flight_delay:v1/2013-04-01/...")]) -> None:
    """Show where one prediction comes from: version, digest, features, training snapshot, approval, run."""
    from perennial.audit.trace import trace as ask

    table(ask(Settings.load(), prediction))


@app.command()
def reconcile(
    model: Annotated[str | None, typer.Argument(help="one model; all when none is named")] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="move aliases and definitions back to what the ledger says")
    ] = False,
) -> None:
    """Compare aliases, artifacts, partitions, evidence and feature definitions with the ledger."""
    from perennial.audit.reconcile import reconcile_all

    settings = Settings.load()
    names = [model] if model else [name for name in open_ledger(settings).chains() if name != EVERY_MODEL]
    found = list(reconcile_all(settings, names, repair=repair))
    for difference in found:
        console.print(str(difference), markup=False)
    console.print(f"{len(found)} difference(s) in {len(names)} model(s)")
    raise typer.Exit(1 if any(not difference.repaired for difference in found) else 0)
