"""The views of feature_repo/ as a transform describes its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from perennial.datasets.definition import ViewColumns
from perennial.settings import Settings


def shared_views(settings: Settings, names: Iterable[str], where: str) -> dict[str, ViewColumns]:
    """Describe views by name; raises SpecError for one that is not there, at the place `where`."""
    if not (wanted := list(names)):
        return {}
    from perennial.feature_store.shared import shared

    known = shared(settings.feature_repo)
    return {name: _described(known.view(name, where)) for name in wanted}


def _described(view: Any) -> ViewColumns:
    from perennial.feature_store.types import READ_AS

    fields = {field.name: READ_AS[field.dtype.to_value_type()] for field in view.features}
    return ViewColumns(tuple(column.name for column in view.entity_columns), view.ttl or timedelta(), fields)
