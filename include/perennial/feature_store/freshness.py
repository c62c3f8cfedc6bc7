"""How fresh the online store is: the newest event time that is served, against the end of a window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from perennial.feature_store._feast import FeatureStore, FeatureView, compute_table_id
from perennial.feature_store.online import NewestOnlineStore, online_store


@dataclass(frozen=True)
class Freshness:
    """One view: the newest event time served, how long before `at` that is, whether it is within the time to live."""

    view: str
    newest: datetime | None
    at: datetime
    ttl: timedelta  # zero: values never expire

    @property
    def age(self) -> timedelta | None:
        """How far the newest value lies before `at`; zero when it lies after, None when nothing is served."""
        return None if self.newest is None else max(self.at - self.newest, timedelta())

    @property
    def fresh(self) -> bool:
        """Whether a retrieval at `at` could still join the newest value (an edge included)."""
        return self.age is not None and (not self.ttl or self.age <= self.ttl)


def freshness(store: FeatureStore, views: Sequence[str], at: datetime) -> list[Freshness]:
    """Look at what is served of each view; `at` is the end of the window that should be online."""
    found = [store.get_feature_view(name) for name in views]
    return [Freshness(view.name, _newest(store, view), at, view.ttl or timedelta()) for view in found]


def _newest(store: FeatureStore, view: FeatureView) -> datetime | None:
    online = online_store(store)
    if isinstance(online, NewestOnlineStore):
        return online.newest(store.config, view)
    query = f'SELECT max(event_ts) FROM "{compute_table_id(store.project, view)}"'
    (found,) = online._get_conn(store.config).execute(query).fetchone()  # noqa: SLF001
    # What Feast keeps in SQLite is the UTC time without its zone, counted as if it were local.
    return None if found is None else datetime.fromtimestamp(found).replace(tzinfo=UTC)  # noqa: DTZ006
