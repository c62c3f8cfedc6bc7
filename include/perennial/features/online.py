"""Bring feature partitions online, an older window never over a newer one, and look at how fresh the store is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from perennial.context import Context
from perennial.datasets.definition import EXAMPLES, Definition, definition_in
from perennial.datasets.feature_set import feature_set_of
from perennial.datasets.partitions import Built, built, chosen, marks
from perennial.features.raw import inside
from perennial.features.stage import earlier_transform
from perennial.keys import DAY, Window, start_of
from perennial.ledger.event import Event
from perennial.ledger.history import History

if TYPE_CHECKING:
    from perennial.feature_store.freshness import Freshness

KIND = "features.materialised"


def materialise(ctx: Context, window: Window) -> Event:
    """Write a window's features online, for the champion's transform too where it differs; return what was recorded.

    Days that were built again because of this window are written with it. A view whose mark lies behind them stays.
    Raises HistoryIncomplete while the window's features are not built.
    """
    history, window = ctx.chain.history(), inside(ctx, window)
    if earlier := earlier_transform(ctx, history):
        _materialise(ctx, history, definition_in(history, earlier), window)
    return _materialise(ctx, history, definition_in(history, ctx.spec.transform_digest), window)


def _materialise(ctx: Context, history: History, made: Definition, window: Window) -> Event:
    from perennial.feature_store import store
    from perennial.feature_store.freshness import freshness
    from perennial.feature_store.materialise import materialise as write

    have, known, features = built(history, made.transform), marks(history), feature_set_of(ctx, made)
    examples = made.table(ctx.model, EXAMPLES)
    chosen(ctx.model, examples, have.partitions.get(examples, {}), window)
    views = features.all_views
    days = _days(history, made, have, window, empty=known.keys().isdisjoint(features.own_views))
    with store.opened(ctx.settings, _pins(ctx, made, have, days)) as feast:
        done = write(feast, views, days, known)
        fresh = freshness(feast, views, start_of(max(have.inputs) + DAY))
    payload = {
        "transform": made.transform,
        "marks": {one.view: str(one.mark) for one in done if one.mark},
        "skipped": [one.view for one in done if one.skipped],
        "freshness": {one.view: _figures(one) for one in fresh},
    }
    told = [
        event for event in history.of(KIND) if event.key == str(window) and event.payload["transform"] == made.transform
    ]
    if told and told[-1].payload == payload:
        return told[-1]
    return ctx.chain.record(KIND, str(window), payload)


def _days(history: History, made: Definition, have: Built, window: Window, *, empty: bool) -> Window:
    """Return the window and the days that its features run built besides; all that is built while nothing is online."""
    written = [event for event in history.of("features.written") if event.key == str(window)]
    mine = [event for event in written if event.payload["transform"] == made.transform]
    rebuilt = [date.fromisoformat(day) for event in mine[-1:] for day in event.payload["inputs"]]
    days = [window.first, window.last, *rebuilt, *(have.inputs if empty else [])]
    return Window(min(days), max(days))


def _pins(ctx: Context, made: Definition, have: Built, window: Window) -> dict[str, list[str]]:
    pins = {}
    for view in made.views:
        table = made.table(ctx.model, view)
        current = have.partitions.get(table, {})
        pins[str(ctx.lake.folder(table))] = [str(ctx.lake.path(current[day])) for day in window if day in current]
    return pins


def _figures(one: Freshness) -> dict[str, Any]:
    return {
        "newest": one.newest and one.newest.isoformat(),
        "age_seconds": None if one.age is None else one.age // timedelta(seconds=1),
        "fresh": one.fresh,
    }
