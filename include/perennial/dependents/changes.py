"""What has changed under a champion since the rows it was trained on were frozen. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from perennial.datasets.definition import ViewColumns
from perennial.dependents.graph import Node
from perennial.hashing import digest
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History


@dataclass(frozen=True)
class Change:
    """Something that a champion stands on is no longer what it was."""

    node: Node
    what: str
    now: str
    """Names the present state: the same change is found again under the same name."""

    @property
    def name(self) -> str:
        """The name that a request for training, and the ledger, know it by."""
        return f"{self.node}:{self.now[:12]}"


def of_champion(upstream: History, since: datetime) -> Change | None:
    """Tell whether an upstream model has another champion than at `since`, wall time; back again is no change."""
    then, now = upstream.champion_at(since), upstream.last("champion.changed")
    before, after = (event.payload["version"] if event else None for event in (then, now))
    if now is None or before == after:
        return None
    was, is_ = (version_key(one) if one else "none" for one in (before, after))
    return Change(Node("model", upstream.chain), f"its champion was {was} and is {is_}", now.hash)


def of_definition(view: str, then: ViewColumns, now: ViewColumns) -> Change | None:
    """Tell whether a shared view is defined otherwise than when the champion's features were made."""
    if then == now:
        return None
    what = "; ".join(_differences(then, now))
    columns = {"entities": list(now.entities), "ttl": now.ttl.total_seconds(), "fields": dict(now.fields)}
    return Change(Node("view", view), f"its definition in feature_repo/: {what}", digest(columns))


def of_script(
    view: str, maker: str, defined: list[Event], since: datetime, digest_of: Callable[[Event], str | None]
) -> Change | None:
    """Tell whether another model makes a shared view otherwise than at `since`.

    `defined` are the events by which that model's transforms were defined, oldest first, and `digest_of` says what in
    one of them decides the view. Before its first there was nothing that could change.
    """
    made = [(event, found) for event in defined if (found := digest_of(event))]
    before = [found for event, found in made if event.wall_time <= since]
    if not before or before[-1] == made[-1][1]:
        return None
    return Change(Node("view", view), f"{maker} makes it by another script", digest({maker: made[-1][1]}))


def _differences(then: ViewColumns, now: ViewColumns) -> Iterator[str]:
    yield from _columns(then.fields, now.fields)
    if then.entities != now.entities:
        yield f"keys {', '.join(then.entities)} are {', '.join(now.entities)}"
    if then.ttl != now.ttl:
        yield f"a value stands {now.ttl}, not {then.ttl}"


def _columns(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for words, names in (("gone", then.keys() - now.keys()), ("new", now.keys() - then.keys())):
        if names:
            yield f"{words}: {', '.join(sorted(names))}"
    yield from (f"{name} is {now[name]}, not {then[name]}" for name in then if now.get(name, then[name]) != then[name])
