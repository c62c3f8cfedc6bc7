"""Remove what a retired version was served with. What it was made from and what it predicted stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from perennial import datasets
from perennial.context import Context
from perennial.feature_store.config import alone
from perennial.feature_store.feature_set import FeatureSet
from perennial.feature_store.store import opened
from perennial.keys import version_key
from perennial.ledger.history import History
from perennial.registry import Artifacts, Versions
from perennial.retirement.check import removable_folders, removable_transform
from perennial.settings import Settings


@dataclass(frozen=True)
class Plan:
    """What goes: folders of model files, and the feature set that nobody else uses. Read from the ledger alone."""

    version: int
    run_id: str
    folders: tuple[str, ...]
    features: FeatureSet | None

    def listed(self) -> list[str]:
        """Say it for people and for the ledger; a repetition after a crash lists the same."""
        features = self.features
        views = [f"feature view and online table {name}" for name in features.own_views] if features else []
        services = [f"feature service {features.service}"] if features else []
        folders = [f"model files {folder}" for folder in self.folders]
        return [*folders, f"MLflow aliases of {version_key(self.version)}", *services, *views]


def plan(ctx: Context, history: History, version: int) -> Plan:
    """Return what is to be removed with a version."""
    registered = history.version(version)
    transform = removable_transform(history, version, ctx.spec.transform_digest)
    return Plan(
        version,
        registered["run_id"],
        tuple(removable_folders(history, version)),
        datasets.feature_set(ctx, transform) if transform else None,
    )


def carry_out(ctx: Context, planned: Plan, tags: Mapping[str, Any]) -> None:
    """Remove it; what is gone already is no error. MLflow keeps the version as a tombstone with `tags`."""
    if planned.features:
        remove_features(ctx.settings, planned.features)
    Versions(ctx.settings, ctx.model).archive(planned.version, tags)
    if planned.folders:
        Artifacts(ctx.settings, ctx.model).remove(planned.run_id)


def remove_features(settings: Settings, features: FeatureSet) -> None:
    """Remove a feature set's service, its own views and their online tables; shared views and the lake stay."""
    with opened(settings, {}) as store, alone(store.config):
        services = [one for one in store.list_feature_services() if one.name == features.service]
        views = [one for one in store.list_feature_views() if one.name in features.own_views]
        # The tables first: a view that lost its table is found again after a crash, a table without a view never.
        store._get_provider().update_infra(  # noqa: SLF001 - Feast has no public call that drops a table alone
            project=store.project,
            tables_to_delete=views,
            tables_to_keep=[],
            entities_to_delete=[],
            entities_to_keep=[],
            partial=False,
        )
        for service in services:
            store.delete_feature_service(service.name)
        for view in views:
            store.delete_feature_view(view.name)
            store.registry.delete_data_source(view.batch_source.name, store.project)
