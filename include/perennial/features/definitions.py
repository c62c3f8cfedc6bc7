"""From spec and raw columns to the definition of a transform, told to the ledger once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from perennial.context import Context
from perennial.datasets.definition import Definition, ViewColumns, defined
from perennial.features.relations import define
from perennial.features.script import Script
from perennial.features.transform import Columns, Raw, budget, describe, raw_columns
from perennial.ledger.history import History
from perennial.settings import Settings
from perennial.spec import Spec


def check(settings: Settings, spec: Spec, raw: Mapping[str, Columns], sql: str = "") -> Definition:
    """Return what a model's script makes of raw tables with these columns; needs no data. Raises SpecError."""
    made = describe(Script.of(spec), raw, budget(settings))
    return define(spec, made, shared_views(settings, spec), sql)


def define_once(ctx: Context, history: History, raw: Raw) -> Definition:
    """Return the definition of the spec's transform, recording it the first time with its SQL as evidence."""
    event = defined(history, ctx.spec.transform_digest)
    if event is None:
        sql = ctx.evidence.put(ctx.spec.sql, ".sql")
        new = check(ctx.settings, ctx.spec, raw_columns(raw, budget(ctx.settings)), sql)
        event = ctx.chain.record("features.defined", new.key, new.to_payload(), evidence=sql, once=new.transform)
    return Definition.from_payload(event.payload)


def shared_views(settings: Settings, spec: Spec) -> dict[str, ViewColumns]:
    """Describe the views of feature_repo/ that the spec names; raises SpecError with the nearest name."""
    if not spec.features.shared:
        return {}
    from perennial.feature_store.shared import shared

    known = shared(settings.feature_repo)
    where = f"{spec.folder / 'model.yaml'}: features.shared"
    return {name: _described(known.view(name, where)) for name in spec.features.shared}


def _described(view: Any) -> ViewColumns:
    from perennial.feature_store.types import READ_AS

    fields = {field.name: READ_AS[field.dtype.to_value_type()] for field in view.features}
    return ViewColumns(tuple(column.name for column in view.entity_columns), view.ttl or timedelta(), fields)
