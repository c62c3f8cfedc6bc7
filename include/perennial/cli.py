"""The command `perennial`: the same stages without Airflow, and the answers of the ledger."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
from rich.console import Console

from perennial.context import open_context, open_ledger
from perennial.errors import KeyInvalid, PerennialError
from perennial.ledger.event import Event
from perennial.settings import Settings

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
ledger_app = typer.Typer(help="The ledger: look at a chain, check that all chains hold.", no_args_is_help=True)
app.add_typer(ledger_app, name="ledger")
console = Console(soft_wrap=True, highlight=False)

Model = Annotated[str, typer.Argument(help="the model's name, as its folder's")]
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
    from perennial.stages import Call, run_stage

    with console.status(f"{model}.{stage} {key}"):
        ctx = open_context(model, run=f"cli/{uuid4().hex[:8]}")
        for told in run_stage(ctx, stage, Call(key, reason, version, dry_run)):
            console.print(_sentence(told) if isinstance(told, Event) else told or "")


@app.command()
def validate(models: Annotated[list[str] | None, typer.Argument(help="models; all when none is named")] = None) -> None:
    """Check specs, contracts, transforms and policies; says of each mistake where it is and what would be legal."""
    from perennial.checks import check_models

    problems = 0
    for name, error in check_models(Settings.load(), models or []):
        console.print(f"[red]wrong[/] {name}" if error else f"[green]ok[/]    {name}")
        if error:
            console.print(str(error), markup=False)
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

    _table(ask(open_context(model)))


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
def trace(prediction: Annotated[str, typer.Argument(help="a prediction's id: flight_delay:v1/2013-04-01/...")]) -> None:
    """Show where one prediction comes from: version, digest, features, training snapshot, approval, run."""
    from perennial.audit.trace import trace as ask

    _table(ask(Settings.load(), prediction))


@app.command()
def reconcile(
    model: Annotated[str | None, typer.Argument(help="one model; all when none is named")] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="move aliases and definitions back to what the ledger says")
    ] = False,
) -> None:
    """Compare aliases, artifacts, partitions, evidence and feature definitions with the ledger."""
    from perennial.audit.reconcile import reconcile as compare

    settings = Settings.load()
    names = [model] if model else open_ledger(settings).chains()
    found = [
        difference for name in names for difference in compare(open_context(name, settings=settings), repair=repair)
    ]
    for difference in found:
        console.print(str(difference), markup=False)
    console.print(f"{len(found)} difference(s) in {len(names)} model(s)")
    raise typer.Exit(1 if any(not difference.repaired for difference in found) else 0)


@ledger_app.command("verify")
def ledger_verify(
    model: Annotated[str | None, typer.Argument(help="one model; all when none is named")] = None,
) -> None:
    """Check every link and the signed end of the chains; names the first broken link."""
    from perennial.ledger.verify import first_break

    ledger = open_ledger(Settings.load())
    known = sorted({*ledger.chains(), *ledger.heads.chains()})
    if model and model not in known:
        raise KeyInvalid(
            f"chain {model!r}", expected=", ".join(known) or "a chain; there is none yet", found="no event"
        )
    names = [model] if model else known
    broken = 0
    for name in names:
        events = ledger.read(name)
        found = first_break(name, events, *ledger.heads.read(name), ledger.heads.trusts)
        broken += found is not None
        console.print(f"{name}: event {found.seq}: {found.what}" if found else f"{name}: {len(events)} events hold")
    raise typer.Exit(1 if broken else 0)


@ledger_app.command("show")
def ledger_show(
    model: Model,
    type_: Annotated[str | None, typer.Option("--type", help="only events of this type")] = None,
    full: Annotated[bool, typer.Option("--full", help="with payloads, as JSON lines")] = False,
) -> None:
    """List the events of a model's chain."""
    from perennial.hashing import canonical

    for event in open_ledger(Settings.load()).read(model):
        if type_ in (None, event.type):
            console.print(canonical(event.body()) if full else _sentence(event), markup=False)


@app.command()
def schema(out: Annotated[Path | None, typer.Option(help="write to this file")] = None) -> None:
    """Print the JSON Schema of model.yaml, for editors."""
    from perennial.spec.schema import schema_text

    if out:
        out.write_text(schema_text(), encoding="utf-8")
    else:
        typer.echo(schema_text(), nl=False)


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
        console.print(line, markup=False)
    if yes or typer.confirm(f"Delete all of {settings.var}?"):
        remove(settings)
        console.print("deleted")


@app.command()
def doctor() -> None:
    """Say what of this installation is in order, and what to do about what is not."""
    from perennial.local.doctor import examine

    sick = 0
    for finding in examine(Settings.load()):
        sick += not finding.good
        console.print(f"{'[green]ok[/]   ' if finding.good else '[red]wrong[/]'} {finding.text}")
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


def main() -> None:
    """Run the command; an error of ours is told in its own words, without a traceback."""
    try:
        app()
    except PerennialError as error:
        Console(stderr=True, soft_wrap=True).print(str(error), markup=False, highlight=False)
        sys.exit(1)


def _sentence(event: Event) -> str:
    told = event.payload.get("why") or event.payload.get("reason") or ""
    when = f"{event.business_time:%Y-%m-%d}" if event.business_time else "-"
    seen = f"{event.seq:>5}  {event.wall_time:%Y-%m-%d %H:%M:%S}  {when:>10}"
    return f"{seen}  {event.type:<24} {event.key:<24} {event.actor}  {told}"


def _table(rows: dict[str, object]) -> None:
    width = max(map(len, rows), default=0)
    for name, value in rows.items():
        console.print(f"{name:<{width}}  {value}", markup=False)
