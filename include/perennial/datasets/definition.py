"""What a transform makes: the relations of its features.sql with their columns, as the ledger has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from perennial.context import Context
from perennial.errors import HistoryIncomplete
from perennial.ledger.event import Event
from perennial.ledger.history import History

EXAMPLES = "examples"
DAY = "day"
EVENT_TIMESTAMP = "event_timestamp"
LABEL_TIME = "label_time"
INSTANT = "TIMESTAMP WITH TIME ZONE"
SHORT = 8
"""Hex digits of a transform's digest that stand in names."""


@dataclass(frozen=True)
class ViewColumns:
    """A feature view: entity columns, time to live (0: unlimited), feature columns with their DuckDB types."""

    entities: tuple[str, ...]
    ttl: timedelta
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Definition:
    """A transform: its SQL (by evidence digest), its raw tables, the columns of `examples`, its views."""

    transform: str
    lookback: int
    entity: str
    label: str
    request: Mapping[str, str]
    keys: Mapping[str, str]
    types: Mapping[str, str]
    """The types of entity and label."""
    views: Mapping[str, ViewColumns]
    shared: tuple[str, ...]
    """Views that are defined in feature_repo/ and lie in the lake under their own name."""
    raw: Mapping[str, str]
    """The raw tables that the SQL reads: `daily`, of the day and its lookback, or `reference`, whole."""
    sql: str

    @property
    def key(self) -> str:
        """The short name of the transform: in table names and event keys."""
        return self.transform[:SHORT]

    @property
    def examples(self) -> dict[str, str]:
        """Return the columns of `examples` with their DuckDB types, in order."""
        made = {self.entity: self.types[self.entity], DAY: "DATE", EVENT_TIMESTAMP: INSTANT}
        made |= {**self.keys, **self.request}
        return made | {self.label: self.types[self.label], LABEL_TIME: INSTANT}

    @property
    def relations(self) -> dict[str, dict[str, str]]:
        """Return the columns of every relation with their DuckDB types, in order."""
        made = {EXAMPLES: self.examples}
        for name, view in self.views.items():
            keys = {key: self.keys[key] for key in view.entities}
            made[name] = {**keys, EVENT_TIMESTAMP: INSTANT, **view.fields}
        return made

    def identity(self, relation: str) -> tuple[str, ...]:
        """Return the columns that name one row of a relation."""
        return (self.entity, DAY) if relation == EXAMPLES else (*self.views[relation].entities, EVENT_TIMESTAMP)

    def table(self, model: str, relation: str) -> str:
        """Return the lake name of a relation."""
        if relation in self.shared:
            return f"features/{relation}"
        if relation == EXAMPLES:
            return f"{model}/examples/{self.key}"
        return f"{model}/features/{self.key}/{relation}"

    def to_payload(self) -> dict[str, Any]:
        """Return what the event `features.defined` keeps."""
        views = {
            name: {
                "entities": list(view.entities),
                "ttl_seconds": view.ttl // timedelta(seconds=1),
                "fields": dict(view.fields),
            }
            for name, view in self.views.items()
        }
        plain = ("transform", "lookback", "entity", "label", "sql")
        return {
            **{name: getattr(self, name) for name in plain},
            **{name: dict(getattr(self, name)) for name in ("request", "keys", "types", "raw")},
            "shared": list(self.shared),
            "views": views,
        }

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Definition:
        """Read it back; the ledger sorts keys, so views and columns come back in alphabetical order."""
        views = {
            name: ViewColumns(tuple(view["entities"]), timedelta(seconds=view["ttl_seconds"]), view["fields"])
            for name, view in payload["views"].items()
        }
        names = ("transform", "lookback", "entity", "label", "sql", "request", "keys", "types", "raw")
        return cls(**{name: payload[name] for name in names}, shared=tuple(payload["shared"]), views=views)


def definition(ctx: Context, transform: str) -> Definition:
    """Return what a transform makes; raises HistoryIncomplete when the features stage never ran with it."""
    return definition_in(ctx.chain.history(), transform)


def definition_in(history: History, transform: str) -> Definition:
    """Return what a transform makes, from a history that is at hand."""
    event = defined(history, transform)
    if event is None:
        raise HistoryIncomplete(
            f"{history.chain}: transform {transform[:SHORT]}",
            expected="a transform that the features stage has defined",
            found=", ".join(known.key for known in history.of("features.defined")) or "none yet",
            next_command=f"perennial run {history.chain} features --key {history.newest_day or 'DAY'}",
        )
    return Definition.from_payload(event.payload)


def defined(history: History, transform: str) -> Event | None:
    """Return the event that defined a transform."""
    hits = (event for event in history.of("features.defined") if event.payload["transform"] == transform)
    return next(hits, None)
