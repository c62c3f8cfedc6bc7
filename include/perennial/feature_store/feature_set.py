"""What a model registers in the feature store: its views, the shared views it joins, and the names they get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

EVENT_TIMESTAMP = "event_timestamp"
DIGEST_LENGTH = 8


@dataclass(frozen=True)
class ViewDef:
    """One feature table: columns `entities` + event_timestamp + `fields` (column -> DuckDB type) under `table`."""

    name: str
    entities: tuple[str, ...]
    ttl_days: float  # a value older than this is not joined; 0 means it never expires
    fields: Mapping[str, str]
    table: Path


@dataclass(frozen=True)
class FeatureSet:
    """The features of a model at one digest: another field or another transform is another digest and another name."""

    model: str
    digest: str
    views: tuple[ViewDef, ...]
    shared: tuple[str, ...] = ()

    @property
    def service(self) -> str:
        """The feature service: `<model>__<digest8>`."""
        return f"{self.model}__{self.digest[:DIGEST_LENGTH]}"

    def view(self, name: str) -> str:
        """Return the registered name of one of the model's views: `<model>__<view>__<digest8>`."""
        return f"{self.model}__{name}__{self.digest[:DIGEST_LENGTH]}"

    @property
    def own_views(self) -> tuple[str, ...]:
        """Registered names of the model's own views, in order."""
        return tuple(self.view(view.name) for view in self.views)

    @property
    def all_views(self) -> tuple[str, ...]:
        """Registered names of all views of the service: the model's own, then the shared ones."""
        return self.own_views + self.shared
