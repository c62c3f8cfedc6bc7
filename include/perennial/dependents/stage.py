"""Look for changes under a champion, tell people, and ask for what its spec says: a training, or a re-validation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from perennial.context import Context
from perennial.datasets.definition import Definition, definition_in
from perennial.datasets.shared_views import shared_views
from perennial.dependents.changes import Change, of_champion, of_definition, of_script
from perennial.dependents.declared import graph_of
from perennial.dependents.graph import Node, behind
from perennial.dependents.script import relation_digest
from perennial.keys import version_key
from perennial.ledger.dependencies import CHANGED, due
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.requests import put
from perennial.notices import Notice, tell
from perennial.spec import model_folders

FOLLOWS = {
    "revalidate": "It is judged on the first {days} labelled days since.",
    "retrain": "A training was asked for.",
    "tell": "Nothing follows by itself: on_change of the spec is tell.",
}


def look(ctx: Context) -> list[Event]:
    """Find what has changed under the champion; each change is told, and acted upon, once for each champion."""
    history = ctx.chain.history()
    if history.champion is None:
        return []
    known = {event.once for event in history.of(CHANGED)}
    found = [change for change in changes(ctx, history) if _once(history, change) not in known]
    return [_follow(ctx, history, change) for change in found]


def to_revalidate(ctx: Context) -> str | None:
    """Return the champion as a key where a re-validation is due: `validate` does it."""
    history = ctx.chain.history()
    is_due = due(history, ctx.spec.train.holdout, ctx.spec.label.matures_after)
    return version_key(history.champion) if is_due and history.champion else None


def changes(ctx: Context, history: History) -> Iterator[Change]:
    """Yield what has changed since the champion's training set was frozen."""
    assert history.champion is not None, "asked for a champion only"
    version = history.version(history.champion)
    frozen = [event for event in history.of("snapshot.frozen") if event.payload["claim"] == version["claim"]]
    if not frozen:
        return
    since, made = frozen[-1].wall_time, definition_in(history, version["transform"])
    for name in ctx.spec.depends_on.models:
        upstream = History(name, ctx.chain.ledger.read(name, "champion.changed"))
        yield from filter(None, [of_champion(upstream, since)])
    yield from _definitions(ctx, made)
    for maker in (folder.name for folder in model_folders(ctx.settings) if folder.name != ctx.model):
        defined = ctx.chain.ledger.read(maker, "features.defined") if made.shared else []
        for view in made.shared:
            by_maker = [event for event in defined if view in event.payload["shared"]]
            yield from filter(None, [of_script(view, maker, by_maker, since, partial(_digest, ctx, view))])


def _definitions(ctx: Context, made: Definition) -> Iterator[Change]:
    now = shared_views(ctx.settings, made.shared, f"{ctx.spec.folder / 'model.yaml'}: features.shared")
    for name, declared in now.items():
        yield from filter(None, [of_definition(name, made.views[name], declared)])


def _digest(ctx: Context, view: str, defined: Event) -> str | None:
    return relation_digest(ctx.evidence.path(defined.payload["sql"]).read_text(encoding="utf-8"), view)


def _follow(ctx: Context, history: History, change: Change) -> Event:
    """Act, tell, and record it last: after a crash it is done again, and each part of it is known by its name."""
    action, others = ctx.spec.depends_on.on_change, _others(ctx, change.node)
    if action == "retrain":
        put(ctx.chain, "code", f"{change.node}: {change.what}", name=change.name)
    champion, follows = version_key(history.champion or 0), FOLLOWS[action].format(days=ctx.spec.train.holdout)
    what = f"{change.node}: {change.what}, since {champion} was trained. {follows}"
    text = f"{what} All that read it: {', '.join(others)}. perennial dependents {change.node.name}"
    notice = Notice("dependents", f"{champion} stands on what changed", text, change.name, "info")
    tell(ctx.settings, ctx.chain, ctx.spec.notices, notice)
    payload = {
        "kind": change.node.kind,
        "name": change.node.name,
        "what": change.what,
        "version": history.champion,
        "action": action,
        "behind": others,
    }
    return ctx.chain.record(CHANGED, str(change.node), payload, once=_once(history, change))


def _others(ctx: Context, node: Node) -> list[str]:
    """Name every model behind what changed, this one too."""
    return sorted(model.name for model in behind(graph_of(ctx.settings), node))


def _once(history: History, change: Change) -> str:
    return f"{version_key(history.champion or 0)}:{change.name}"
