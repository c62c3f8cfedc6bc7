"""What the feature store registers of a transform, and which columns a model is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from perennial.context import Context
from perennial.datasets.definition import Definition, definition
from perennial.feature_store.feature_set import FeatureSet, ViewDef

DAYS = timedelta(days=1)


@dataclass(frozen=True)
class Columns:
    """The feature columns by kind, in a fixed order: request columns, then the fields of each view."""

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]


def feature_set(ctx: Context, transform: str) -> FeatureSet:
    """Return what the feature store registers of a transform."""
    return feature_set_of(ctx, definition(ctx, transform))


def feature_set_of(ctx: Context, made: Definition) -> FeatureSet:
    """Return what the feature store registers of a definition."""
    own = {name: view for name, view in made.views.items() if name not in made.shared}
    views = tuple(
        ViewDef(name, view.entities, view.ttl / DAYS, view.fields, ctx.lake.folder(made.table(ctx.model, name)))
        for name, view in own.items()
    )
    return FeatureSet(ctx.model, made.transform, views, made.shared)


def columns(ctx: Context, transform: str) -> Columns:
    """Return the columns a model of this transform is given; text is categorical, a protected attribute is left out."""
    made = definition(ctx, transform)
    asked = {name: kind for name, kind in made.request.items() if name not in ctx.spec.protected}
    kinds = {**asked, **{name: kind for view in made.views.values() for name, kind in view.fields.items()}}
    return Columns(
        numeric=tuple(name for name, kind in kinds.items() if kind != "VARCHAR"),
        categorical=tuple(name for name, kind in kinds.items() if kind == "VARCHAR"),
    )
