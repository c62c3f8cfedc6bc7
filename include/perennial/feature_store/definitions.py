"""A feature set in Feast's words: entities, one view a table, one service."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa

from perennial.errors import SpecError, nearest
from perennial.feature_store._feast import (
    Entity,
    FeastType,
    FeatureService,
    FeatureView,
    Field,
    FileSource,
    ParquetFormat,
)
from perennial.feature_store.feature_set import EVENT_TIMESTAMP, FeatureSet, ViewDef
from perennial.feature_store.shared import Shared
from perennial.feature_store.types import feast_type, key_type

Definition: TypeAlias = Entity | FeatureView | FeatureService
IDENTIFIER_LENGTH = 63  # Postgres cuts longer names, and two tables would become one


def definitions(
    features: FeatureSet, shared: Shared, lake: Path, project: str, schema_of: Callable[[Path], pa.Schema]
) -> list[Definition]:
    """Return what Feast has to know: entities first, the service last; raises SpecError."""
    joined = [shared.view(name, f"features.shared of {features.model}") for name in features.shared]
    schemas = {view.name: schema_of(view.table) for view in features.views}
    for view in features.views:
        _check(features, view, schemas[view.name], project)
    entities = _entities(features, schemas, shared, [key for view in joined for key in view.entities])
    own = [_view(features, view, entities, schemas[view.name], lake) for view in features.views]
    _check_names([*own, *joined], features.model)
    service = FeatureService(
        name=features.service,
        features=[*own, *joined],
        tags={"model": features.model, "digest": features.digest},
    )
    return [*entities.values(), *own, *joined, service]


def meaning(one: Definition) -> object:
    """Return what decides the values that a definition gives; what materialising recorded is no part of it."""
    if isinstance(one, Entity):
        return one.join_key, one.value_type
    if isinstance(one, FeatureService):
        return {
            part.name_to_use(): sorted(field.name for field in part.features) for part in one.feature_view_projections
        }
    source = one.batch_source
    columns = [sorted((field.name, str(field.dtype)) for field in part) for part in (one.features, one.entity_columns)]
    files = (source.path, source.timestamp_field, source.created_timestamp_column) if source else None
    return columns, sorted(one.entities), one.ttl, files


def described(one: Definition) -> object:
    """Return what people wrote beside it."""
    return one.description, dict(one.tags), one.owner


def _entities(
    features: FeatureSet, schemas: dict[str, pa.Schema], shared: Shared, also: Iterable[str]
) -> dict[str, Entity]:
    """Return an entity for each join key: the one of feature_repo/ when it has one, else by the column's type."""
    found = {name: shared.entities[name] for name in also if name in shared.entities}
    for view in features.views:
        for key in view.entities:
            where = f"join key {key} of {features.model}.{view.name}"
            value_type = key_type(schemas[view.name].field(key).type, where).to_value_type()
            entity = shared.entities.get(key) or found.get(key)
            if entity is not None and entity.value_type != value_type:
                raise SpecError(where, expected=entity.value_type.name, found=value_type.name)
            found[key] = entity or Entity(name=key, join_keys=[key], value_type=value_type)
    return found


def _view(
    features: FeatureSet, view: ViewDef, entities: dict[str, Entity], schema: pa.Schema, lake: Path
) -> FeatureView:
    name = features.view(view.name)
    path = view.table.relative_to(lake) if view.table.is_relative_to(lake) else view.table
    keys: list[tuple[str, FeastType]] = [(key, key_type(schema.field(key).type, name)) for key in view.entities]
    columns = [(column, feast_type(kind, f"{name}.{column}")) for column, kind in view.fields.items()]
    return FeatureView(
        name=name,
        entities=[entities[key] for key in view.entities],
        ttl=timedelta(days=view.ttl_days),
        schema=[Field(name=column, dtype=kind) for column, kind in [*keys, *columns]],
        source=FileSource(name=name, path=str(path), timestamp_field=EVENT_TIMESTAMP, file_format=ParquetFormat()),
        tags={"written_by": features.model, "digest": features.digest},
    )


def _check(features: FeatureSet, view: ViewDef, schema: pa.Schema, project: str) -> None:
    """Refuse a view whose name is too long or whose columns are not in its files."""
    where = f"feature view {features.model}.{view.name}"
    table = f"{project}_{features.view(view.name)}"
    if len(table) > IDENTIFIER_LENGTH:
        raise SpecError(where, expected=f"at most {IDENTIFIER_LENGTH} characters in {table}", found=f"{len(table)}")
    if missing := [name for name in (*view.entities, EVENT_TIMESTAMP, *view.fields) if name not in schema.names]:
        raise SpecError(
            where,
            expected=f"a column {missing[0]} in {view.table}",
            found=", ".join(schema.names),
            nearest=nearest(missing[0], schema.names),
        )


def _check_names(views: Iterable[FeatureView], model: str) -> None:
    """Refuse two views that give a feature of one name: the columns of a training set must differ."""
    owner: dict[str, str] = {}
    for view in views:
        for field in view.features:
            if field.name in owner:
                raise SpecError(
                    f"features of {model}",
                    expected="each feature's name once",
                    found=f"{field.name} in {owner[field.name]} and in {view.name}",
                )
            owner[field.name] = view.name
