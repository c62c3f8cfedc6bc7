"""Commands by which people decide about versions; whoever the account belongs to that runs them is who decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated
from uuid import uuid4

import typer

from perennial.cli.shared import Model, Reason, console, sentence
from perennial.context import Context, open_context
from perennial.ledger.event import Event

app = typer.Typer()

Version = Annotated[str, typer.Argument(help="a version: v3")]


@app.command()
def promote(
    model: Model,
    version: Version,
    reason: Reason = "",
    emergency: Annotated[
        bool, typer.Option("--emergency", help="now, on your word alone; a second person has to review it in time")
    ] = False,
) -> None:
    """Make a version that passed the champion, with the approvals its tier asks for; a reason makes yours one."""
    _tell(_promote(_open(model), version, reason, emergency=emergency))


@app.command()
def approve(model: Model, version: Version, reason: Reason) -> None:
    """Approve a version that passed; says what else is needed."""
    from perennial.promotion.words import approve as say
    from perennial.promotion.words import missing

    ctx = _open(model)
    console.print(sentence(say(ctx, version, by=ctx.chain.actor, how="people", reason=reason)))
    left = missing(ctx, version)
    console.print(f"{left} more approval(s) needed" if left else f"next: perennial promote {model} {version}")


@app.command()
def reject(model: Model, version: Version, reason: Reason) -> None:
    """Reject a version that passed: no machine promotes it after that."""
    from perennial.promotion.words import reject as say_no

    ctx = _open(model)
    event = say_no(ctx, version, by=ctx.chain.actor, reason=reason)
    console.print(sentence(event))
    console.print(f"to go on after all: {event.payload['next']}")


@app.command()
def rollback(
    model: Model,
    reason: Reason,
    to: Annotated[
        str | None, typer.Option(help="the version to go back to; the champion before, when none is named")
    ] = None,
) -> None:
    """Go back to a version that served, at once: the next scoring uses it."""
    from perennial.promotion.rollback import rollback as back

    _tell(iter([back(_open(model), reason, to)]))


@app.command()
def review(
    model: Model,
    version: Version,
    reason: Reason,
    agree: Annotated[bool, typer.Option("--agree/--reject", help="let it stand, or undo it at once")],
) -> None:
    """Review an emergency promotion that somebody else made."""
    from perennial.promotion.review import record_review

    ctx = _open(model)
    event = record_review(ctx, version, by=ctx.chain.actor, agrees=agree, reason=reason)
    _tell(iter([event, *([] if agree else ctx.chain.history().of("champion.changed")[-1:])]))


def _promote(ctx: Context, key: str, reason: str, *, emergency: bool) -> Iterator[Event]:
    from perennial.promotion.promote import promote as run
    from perennial.promotion.stage import check
    from perennial.promotion.words import by_rule

    permitted = check(ctx, key, reason)
    if not emergency and (word := by_rule(ctx, key, reason)):
        yield word
    yield run(ctx, key, permitted.to_dict(), reason, emergency=emergency)


def _open(model: str) -> Context:
    return open_context(model, run=f"cli/{uuid4().hex[:8]}")


def _tell(events: Iterator[Event]) -> None:
    for event in events:
        console.print(sentence(event))
