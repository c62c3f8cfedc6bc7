"""How far features are behind the raw data, and the online store behind the features, by the ledger and the store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from perennial.datasets.definition import EVENT_TIMESTAMP, Definition, definition_in
from perennial.datasets.feature_set import feature_set_of
from perennial.datasets.partitions import Built, built
from perennial.keys import start_of
from perennial.lake.partitions import Partition
from perennial.ledger.history import History
from perennial.monitoring.case import Case
from perennial.monitoring.decisions.freshness import SECONDS_A_DAY, Lag


def lag(case: Case) -> Lag:
    """Measure both; the newest raw window and the newest feature window may still be under way and do not count."""
    history, made = case.history, definition_in(case.history, case.version["transform"])
    raw = max((event.payload["last"] for event in history.of("raw.written")[:-1]), default=None)
    done = max(built(history, made.transform).inputs, default=None)
    behind = max((date.fromisoformat(raw) - done).days, 0) if raw and done else 0
    return Lag(behind * SECONDS_A_DAY, {view: late for view, late in _online(case, made).items() if late > 0})


def _online(case: Case, made: Definition) -> dict[str, float]:
    """Return for each view the seconds from its newest online value to the newest offline one that should be there."""
    from perennial.feature_store import store
    from perennial.feature_store.freshness import freshness

    features, settled = feature_set_of(case.ctx, made), _settled(case.history, made.transform)
    if settled is None:
        return {}
    names = {features.view(view.name): view.name for view in features.views} | {name: name for name in features.shared}
    with store.opened(case.ctx.settings, {}) as feast:
        served = {names[one.view]: one.newest for one in freshness(feast, list(names), start_of(max(settled.inputs)))}
    late = {}
    for view, online in served.items():
        offline = _newest(case, settled.partitions.get(made.table(case.ctx.model, view), {}))
        if offline:
            late[view] = (offline - (online or start_of(case.spec.source.first))).total_seconds()
    return late


def _settled(history: History, transform: str) -> Built | None:
    """Return the features that should be online; None where none of the transform ever were.

    The newest window counts once it was brought there: between writing and that is a moment in which nothing is wrong.
    """
    told = [one for one in history.events if one.payload.get("transform") == transform]
    written = [one.seq for one in told if one.type == "features.written"]
    online = [one.seq for one in told if one.type == "features.materialised"]
    if not online:
        return None
    last = max([*online, *written[:-1]])
    return built(History(history.chain, [one for one in history.events if one.seq <= last]), transform)


def _newest(case: Case, current: Mapping[date, Partition]) -> datetime | None:
    """Return the newest time of a view's values."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    days = [day for day, one in current.items() if one.rows]
    if not days:
        return None
    times = pq.read_table(case.ctx.lake.path(current[max(days)]), columns=[EVENT_TIMESTAMP], partitioning=None)
    newest: datetime = pc.max(times.column(EVENT_TIMESTAMP)).as_py()
    return newest.astimezone(UTC)
