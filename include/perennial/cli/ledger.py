"""Commands about the ledger itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from perennial.cli.shared import Model, console, sentence
from perennial.context import open_ledger
from perennial.errors import KeyInvalid, nearest
from perennial.settings import Settings

app = typer.Typer(help="The ledger: look at a chain, check that all chains hold.", no_args_is_help=True)


@app.command("verify")
def ledger_verify(
    model: Annotated[str | None, typer.Argument(help="one model; all when none is named")] = None,
) -> None:
    """Check every link and the signed end of the chains; names the first broken link."""
    from perennial.ledger.verify import first_break

    ledger = open_ledger(Settings.load())
    known = sorted({*ledger.chains(), *ledger.heads.chains()})
    if model:
        _known(model, known, "chain")
    names = [model] if model else known
    broken = 0
    for name in names:
        events = ledger.read(name)
        found = first_break(name, events, *ledger.heads.read(name), ledger.heads.trusts)
        broken += found is not None
        console.print(f"{name}: event {found.seq}: {found.what}" if found else f"{name}: {len(events)} events hold")
    raise typer.Exit(1 if broken else 0)


@app.command("show")
def ledger_show(
    model: Model,
    type_: Annotated[str | None, typer.Option("--type", help="only events of this type")] = None,
    full: Annotated[bool, typer.Option("--full", help="with payloads, as JSON lines")] = False,
) -> None:
    """List the events of a model's chain."""
    from perennial.hashing import canonical

    ledger = open_ledger(Settings.load())
    _known(model, ledger.chains(), "chain")
    events = ledger.read(model)
    shown = [event for event in events if type_ in (None, event.type)]
    for event in shown:
        console.print(canonical(event.body()) if full else sentence(event))
    if not shown:
        typer.echo(f"no event {type_}; there are {', '.join(dict.fromkeys(e.type for e in events))}", err=True)


def _known(name: str, legal: Iterable[str], what: str) -> None:
    """Raise KeyInvalid for a name that is not among those there are."""
    there_are = list(legal)
    if name not in there_are:
        raise KeyInvalid(
            f"{what} {name!r}",
            expected=f"one of {', '.join(there_are)}" if there_are else "one; there is none yet",
            found="no event",
            nearest=nearest(name, there_are),
        )
