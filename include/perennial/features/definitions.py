"""From spec and raw columns to the definition of a transform, told to the ledger once."""

from __future__ import annotations

from collections.abc import Mapping

from perennial.context import Context
from perennial.datasets.definition import Definition, defined
from perennial.datasets.shared_views import shared_views
from perennial.features.relations import define
from perennial.features.script import Script
from perennial.features.transform import Columns, Raw, budget, describe, raw_columns
from perennial.ledger.history import History
from perennial.settings import Settings
from perennial.spec import Spec


def check(settings: Settings, spec: Spec, raw: Mapping[str, Columns], sql: str = "") -> Definition:
    """Return what a model's script makes of raw tables with these columns; needs no data. Raises SpecError."""
    made = describe(Script.of(spec), raw, budget(settings))
    where = f"{spec.folder / 'model.yaml'}: features.shared"
    return define(spec, made, shared_views(settings, spec.features.shared, where), sql)


def define_once(ctx: Context, history: History, raw: Raw) -> Definition:
    """Return the definition of the spec's transform, recording it the first time with its SQL as evidence."""
    event = defined(history, ctx.spec.transform_digest)
    if event is None:
        sql = ctx.evidence.put(ctx.spec.sql, ".sql")
        new = check(ctx.settings, ctx.spec, raw_columns(raw, budget(ctx.settings)), sql)
        event = ctx.chain.record("features.defined", new.key, new.to_payload(), evidence=sql, once=new.transform)
    return Definition.from_payload(event.payload)
