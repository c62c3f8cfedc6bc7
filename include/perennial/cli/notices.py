"""Commands about notices: what stands, that it is over, what waits, and whether they arrive."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

import typer

from perennial.cli.shared import Model, console, sentence
from perennial.context import open_context
from perennial.errors import KeyInvalid, nearest
from perennial.settings import Settings

app = typer.Typer(help="Notices: what people were told of and is not over yet.", no_args_is_help=True)


@app.command("show")
def show(model: Model) -> None:
    """List what stands, and what is on its way."""
    from perennial.notices.state import read

    state = read(open_context(model).chain)
    for (kind, key), cause in state.causes.items():
        if cause.severity == "info":  # told and done
            continue
        told = f"told {cause.told:%Y-%m-%d %H:%M}" if cause.told else "not told yet"
        more = [
            *(["escalated"] if cause.escalated else []),
            *([f"{cause.repeats} times more"] if cause.repeats else []),
        ]
        when = ", ".join([f"since {cause.since:%Y-%m-%d %H:%M} UTC", told, *more])
        console.print(f"{kind} {key!r} {when}: {cause.subject}")
    for message in state.waiting.values():
        where = f" by {', '.join(message.left)}" if message.left else ""
        console.print(f"waits for {message.due:%Y-%m-%d %H:%M} UTC{where}: {message.subject}")


@app.command("reset")
def reset(
    model: Model,
    kind: Annotated[str, typer.Argument(help="as `show` names it: failed, alarm, ...")],
    key: Annotated[str, typer.Argument(help="as `show` names it")],
    reason: Annotated[str, typer.Option(help="why it is over")],
) -> None:
    """Say that something is over; whoever was told of it hears that, too."""
    from perennial import notices
    from perennial.notices.state import standing

    ctx = open_context(model, run=f"cli/{uuid4().hex[:8]}")
    known = {" ".join(name): name for name in standing(ctx.chain)}
    name = known.get(f"{kind} {key}")
    if name is None:
        raise KeyInvalid(
            f"{model}: notice {kind} {key!r}",
            expected="one that stands",
            found="none of that kind and key",
            nearest=nearest(f"{kind} {key}", known),
            next_command=f"perennial notices show {model}",
        )
    event = notices.reset(ctx.settings, ctx.chain, ctx.spec.notices, *name, why=f"{ctx.chain.actor}: {reason}")
    if event:
        console.print(sentence(event))


@app.command("test")
def test(model: Model) -> None:
    """Send a notice to everybody who would get one of this model; says by which ways it went."""
    from perennial import notices

    ctx = open_context(model, run=f"cli/{uuid4().hex[:8]}")
    text, key = f"{ctx.chain.actor} tries whether notices arrive.", f"test {ctx.chain.run}"
    notice = notices.Notice("own", "a test: nothing is wrong", text, key, "info", "wide")
    notices.tell(ctx.settings, ctx.chain, ctx.spec.notices, notice)
    for event in ctx.chain.history().events[-2:]:
        if event.key == key:
            ways = event.payload.get("taken") or event.payload.get("errors") or event.payload.get("why")
            console.print(f"{event.type}: {ways or 'to be sent'}")


@app.command("send")
def send() -> None:
    """Send what waits for its time, of all models: what the DAG `perennial.notices` does every quarter of an hour."""
    from perennial.clock.waiting import deliver_all

    for model, count in deliver_all(Settings.load(), f"cli/{uuid4().hex[:8]}").items():
        console.print(f"{model}: {count}")
