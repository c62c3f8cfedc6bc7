"""What `perennial validate` looks at: the spec as at parse time, then everything it names, with the real libraries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perennial.datasets.declared import check_declared
from perennial.datasets.definition import Definition
from perennial.dependents.declared import check_dependencies
from perennial.errors import PerennialError, SpecError, nearest
from perennial.estimators.catalogue import check, check_values
from perennial.ingest.sources import typed_copy
from perennial.policy import load_policy
from perennial.settings import Settings
from perennial.spec import Spec, load_spec, model_folders
from perennial.spec.training import Train

SCORE = "score"
INTERNAL = "_"
"""Columns that ingest adds to a table begin with it."""


def check_models(settings: Settings, names: Sequence[str]) -> Iterator[tuple[str, PerennialError | None]]:
    """Yield each model with its error, or None where all is well; a name that no model has is an error too."""
    known = {folder.name: folder for folder in model_folders(settings)}
    for name in names or known:
        try:
            if name not in known:
                raise _no_such(name, list(known), settings)
            _deep(settings, load_spec(known[name] / "model.yaml"))
        except PerennialError as error:
            yield name, error
        else:
            yield name, None


def _deep(settings: Settings, spec: Spec) -> None:
    """Check policy, estimator and parameters, source files, contract columns, and what the script makes."""
    from perennial.features.definitions import check as check_transform

    load_policy(settings.policies, spec)
    check_dependencies(settings, spec)
    check_training(spec.train, f"{spec.folder / 'model.yaml'}: train")
    raw = {table: columns(settings, spec, table) for table in spec.source.tables}
    _contract(spec, raw)
    made = check_transform(settings, spec, raw)
    _drift_columns(spec, made)
    check_declared(spec, made)


def check_training(train: Train, where: str) -> None:
    """Check the names of all parameters, and the values of every combination that a search could draw first."""
    searched = train.search.parameters if train.search else {}
    check(train.estimator, [*train.parameters, *searched], where=where)
    for number in range(max((len(values) for values in searched.values()), default=1)):
        drawn = {name: values[number % len(values)] for name, values in searched.items()}
        check_values(train.estimator, {**train.parameters, **drawn}, where=where)


def columns(settings: Settings, spec: Spec, table: str) -> dict[str, str]:
    """Return the columns of a source table with their DuckDB types, read from its files as ingest does."""
    import duckdb

    copy = typed_copy(spec, table, settings.var / "cache" / "sources")
    rows = duckdb.sql(f"DESCRIBE SELECT * FROM read_parquet('{copy}')").fetchall()
    return {name: kind for name, kind, *_ in rows if not name.startswith(INTERNAL)}


def _contract(spec: Spec, raw: dict[str, dict[str, str]]) -> None:
    """Refuse a rule on a column that its table does not have."""
    for table, rule in ((name, rule) for name, contract in spec.contract.items() for rule in contract.expect):
        named = [rule.arguments.get(key) for key in ("column", "column_A", "column_B")]
        for column in [*filter(None, named), *rule.arguments.get("column_list", [])]:
            if column not in raw[table]:
                raise SpecError(
                    f"{spec.folder / 'model.yaml'}: contract.{table}: {rule.name}",
                    expected=f"a column of {table}: {', '.join(raw[table])}",
                    found=str(column),
                    nearest=nearest(column, raw[table]),
                    next_command=f"perennial validate {spec.name}",
                )


def _drift_columns(spec: Spec, made: Definition) -> None:
    """Refuse a drift rule for a column that is no feature of the model."""
    features = [*made.request, *(field for view in made.views.values() for field in view.fields), SCORE]
    rules = spec.monitor.drift
    for place, column in [
        *(("columns", name) for name in rules.columns),
        *(("critical", name) for name in rules.critical),
    ]:
        if column not in features:
            raise SpecError(
                f"{spec.folder / 'model.yaml'}: monitor.drift.{place}: {column}",
                expected=f"a feature of the model, or {SCORE}: {', '.join(features)}",
                found=column,
                nearest=nearest(column, features),
                next_command=f"perennial validate {spec.name}",
            )


def _no_such(name: str, known: list[str], settings: Settings) -> SpecError:
    return SpecError(
        f"model {name!r}",
        expected=f"a folder under {settings.models}: {', '.join(known) or 'none yet'}",
        found="no such model",
        nearest=nearest(name, known),
        next_command=f"make new-model NAME={name}",
    )
