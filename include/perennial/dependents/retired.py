"""A version is retired: say which models stand behind it, and tell their people, once."""

from __future__ import annotations

from dataclasses import dataclass

from perennial.context import Context, open_context
from perennial.dependents.declared import graph_of
from perennial.dependents.graph import Node, behind
from perennial.keys import parse_version, version_key
from perennial.ledger.history import History
from perennial.notices import Notice, tell
from perennial.spec.notices import Kind

KIND: Kind = "dependents"


@dataclass(frozen=True)
class Behind:
    """A model behind a version, what it reads, and its champion, where that learnt while the version served."""

    model: str
    through: Node
    learnt: int | None

    def __str__(self) -> str:
        """Write `staffing reads model demand; its champion v2 learnt while it served`, as far as it goes."""
        learnt = f"; its champion {version_key(self.learnt)} learnt while it served" if self.learnt else ""
        return f"{self.model} reads {self.through}{learnt}"


def behind_version(ctx: Context, key: str) -> list[Behind]:
    """Return the models behind a version, nearest first; none where it was never champion: nobody has read it."""
    history, version = ctx.chain.history(), parse_version(key)
    if version not in [event.payload["version"] for event in history.of("champion.changed")]:
        return []
    me = Node("model", ctx.model)
    found = behind(graph_of(ctx.settings), me)
    return [
        Behind(one.name, through, _learnt(ctx, history, one.name, version) if through == me else None)
        for one, through in found.items()
    ]


def said(ctx: Context, key: str) -> list[str]:
    """Say it for people who are about to retire the version."""
    return [f"behind {ctx.named(parse_version(key))}: {one}" for one in behind_version(ctx, key)]


def tell_behind(ctx: Context, key: str) -> list[str]:
    """Tell the people of each model behind a retired version; return the models that had not been told before."""
    named, why = ctx.named(parse_version(key)), ctx.chain.history().retirement(parse_version(key))
    assert why is not None, "it is retired first"
    told = []
    for one in behind_version(ctx, key):
        other = open_context(one.model, settings=ctx.settings, actor=ctx.chain.actor, run=ctx.chain.run)
        if not _known(other.chain.history(), f"retired {named}"):
            text = f"{why.payload['reason']}. {one}. What it predicted stays; it serves no more."
            notice = Notice(KIND, f"{named} is retired", text, f"retired {named}", "info")
            tell(other.settings, other.chain, other.spec.notices, notice)
            told.append(one.model)
    return told


def _learnt(ctx: Context, upstream: History, model: str, version: int) -> int | None:
    """Return a model's champion where its training set was frozen while the upstream version served."""
    reader = History(model, ctx.chain.ledger.read(model))
    if reader.champion is None:
        return None
    claim = reader.version(reader.champion)["claim"]
    frozen = [event for event in reader.of("snapshot.frozen") if event.payload["claim"] == claim]
    served = upstream.champion_at(frozen[-1].wall_time) if frozen else None
    return reader.champion if served and served.payload["version"] == version else None


def _known(history: History, key: str) -> bool:
    told = history.of("notice.raised", "notice.held_back")
    return any((event.payload["kind"], event.key) == (KIND, key) for event in told)
