"""What features.sql must make, and what it made: names, columns, types. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from perennial.datasets.definition import DAY, EVENT_TIMESTAMP, EXAMPLES, INSTANT, LABEL_TIME, Definition, ViewColumns
from perennial.features.look import KEYS, NUMBERS, VALUES, Look, Relations
from perennial.features.script import Script
from perennial.spec import Spec


def raw_tables(spec: Spec) -> dict[str, str]:
    """Name the raw tables that the script may read, those whose names stand in it: `daily` or `reference`."""
    words = set(re.findall(r"\w+", spec.sql.lower()))
    tables = spec.source.tables.items()
    return {name: "daily" if table.day else "reference" for name, table in tables if name in words}


def define(spec: Spec, made: Relations, shared: Mapping[str, ViewColumns], sql: str) -> Definition:
    """Return what the transform makes; raises SpecError, one for every relation and column that does not fit.

    `shared` describes the views of feature_repo/ that the spec names; `sql` is the evidence digest of the script.
    """
    look = Look(Script.of(spec), made)
    declared = {name: view.entities for name, view in spec.features.views.items()}
    wanted = declared | {name: view.entities for name, view in shared.items()}
    names = sorted({key for entities in wanted.values() for key in entities})
    for name, kind in ((DAY, "DATE"), (EVENT_TIMESTAMP, INSTANT), (LABEL_TIME, INSTANT)):
        look.column(EXAMPLES, name, (kind,))
    types = {
        spec.entity: look.column(EXAMPLES, spec.entity, KEYS),
        spec.label.column: look.column(EXAMPLES, spec.label.column, NUMBERS),
    }
    request = {name: look.column(EXAMPLES, name, VALUES) for name in spec.features.request}
    keys = {name: look.column(EXAMPLES, name, KEYS) for name in names}
    fields = {name: look.fields(name, {key: keys[key] for key in entities}) for name, entities in wanted.items()}
    views = {name: ViewColumns(view.entities, view.ttl, fields[name]) for name, view in spec.features.views.items()}
    views |= {name: look.same(name, view, fields[name]) for name, view in shared.items()}
    look.once([DAY, EVENT_TIMESTAMP, LABEL_TIME, *types, *request, *keys], views)
    look.conclude()
    return Definition(
        transform=spec.transform_digest,
        lookback=spec.features.lookback,
        entity=spec.entity,
        label=spec.label.column,
        request=request,
        keys=keys,
        types=types,
        views=views,
        shared=tuple(sorted(shared)),
        raw=raw_tables(spec),
        sql=sql,
    )


def still_fits(script: Script, definition: Definition, made: Relations) -> None:
    """Compare with the columns of the first time; raises SpecError when the raw tables now give other types."""
    look = Look(script, made)
    for relation, columns in definition.relations.items():
        for name, kind in columns.items():
            if relation not in definition.shared or kind not in NUMBERS:
                look.column(relation, name, (kind,))
    look.conclude()
