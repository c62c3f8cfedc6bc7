"""What a caller in real time would have got: values of the online store against the newest offline ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from perennial.datasets.definition import EVENT_TIMESTAMP, Definition, definition_in
from perennial.datasets.feature_set import feature_set_of
from perennial.datasets.partitions import built, marks
from perennial.feature_store.asof_sql import quote, text
from perennial.feature_store.duck import Budget, connection
from perennial.keys import Window
from perennial.ledger.history import History
from perennial.monitoring.case import Case
from perennial.monitoring.decisions.online import Served

KEYS = 200
"""Keys of a view that are asked for."""
MEMORY = "1GB"
Row = Mapping[str, Any]


def served(case: Case) -> Served | None:
    """Ask for some keys of each view that is online; None where none ever was.

    What counts as offline are the revisions at the time of the last materialisation, up to the view's last day online.
    """
    from perennial.feature_store import store

    transform = case.version["transform"]
    told = [one for one in case.history.of("features.materialised") if one.payload["transform"] == transform]
    if not told:
        return None
    then = History(case.history.chain, [one for one in case.history.events if one.seq <= told[-1].seq])
    made, online = definition_in(then, transform), marks(then)
    features, asked, differing = feature_set_of(case.ctx, made), {}, {}
    names = {view.name: features.view(view.name) for view in features.views} | {name: name for name in features.shared}
    with store.opened(case.ctx.settings, {}) as feast:
        for view, registered in names.items():
            rows = _newest(case, then, made, view, online.get(registered))
            if rows:
                found = store.served(feast, registered, list(made.views[view].fields), _keys(made, view, rows))
                asked[view] = len(rows)
                differing[view] = sum(not same(row, answer) for row, answer in zip(rows, found, strict=True))
    return Served(asked, {view: count for view, count in differing.items() if count})


def same(offline: Row, online: Row) -> bool:
    """Tell whether the online store gives the newest value, or one of a later time, which is none of our business."""
    known = online[EVENT_TIMESTAMP]
    at = int(offline[EVENT_TIMESTAMP].timestamp())
    if known is None or known != at:
        return known is not None and known > at
    return all(_equal(offline[name], value) for name, value in online.items() if name != EVENT_TIMESTAMP)


def _newest(case: Case, then: History, made: Definition, view: str, mark: date | None) -> list[dict[str, Any]]:
    """Return the newest row of some keys that were seen between the window's beginning and the last day online."""
    if mark is None or mark < case.window.first:
        return []
    table = made.table(case.ctx.model, view)
    current = built(then, made.transform).partitions.get(table, {})
    # What never expires may have been told once, long ago.
    days = Window(case.window.first if made.views[view].ttl else case.spec.source.first, mark)
    files = [case.ctx.lake.path(current[day]) for day in days if day in current and current[day].rows]
    if not files:
        return []
    query = _query(made, view, [str(file) for file in files])
    with connection(Budget(MEMORY, 1, case.ctx.settings.var / "spill")) as database:
        rows: list[dict[str, Any]] = database.sql(query).to_arrow_table().to_pylist()
    return rows


def _query(made: Definition, view: str, files: Sequence[str]) -> str:
    """Select the newest row of each key, and of these the ones that a hash draws."""
    keys = [quote(name) for name in made.views[view].entities]
    names = ", ".join([*keys, EVENT_TIMESTAMP, *map(quote, made.views[view].fields)])
    listed = ", ".join(map(text, files))
    known = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    return (
        f"SELECT {names} FROM read_parquet([{listed}], union_by_name = true, hive_partitioning = false) WHERE {known} "
        f"QUALIFY row_number() OVER (PARTITION BY {', '.join(keys)} ORDER BY {EVENT_TIMESTAMP} DESC) = 1 "
        f"ORDER BY md5(concat_ws('|', {', '.join(keys)})) LIMIT {KEYS}"
    )


def _keys(made: Definition, view: str, rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [{name: row[name] for name in made.views[view].entities} for row in rows]


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and math.isnan(one):
        one = None
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one.astimezone(UTC) == other.astimezone(UTC)
    return bool(one == other)
