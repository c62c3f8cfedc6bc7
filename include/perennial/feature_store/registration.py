"""Register a feature set: only what is new, and never another meaning under a name that is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from perennial.errors import HistoryIncomplete, SpecError
from perennial.feature_store._feast import FeatureStore, FeatureView
from perennial.feature_store.config import alone
from perennial.feature_store.definitions import Definition, definitions, described, meaning
from perennial.feature_store.feature_set import FeatureSet
from perennial.feature_store.shared import shared
from perennial.feature_store.sources import files_of

Known = Mapping[tuple[str, str], Definition]


def apply(store: FeatureStore, features: FeatureSet) -> tuple[str, ...]:
    """Register a feature set and return the names that were new or changed; nothing of others is touched.

    Raises SpecError when a name is taken by another meaning, HistoryIncomplete when a table has no file yet.
    """
    wanted = _wanted(store, features)
    with alone(store.config):
        known = _known(store)
        _refuse_another_meaning(wanted, known)
        changed = _differing(wanted, known)
        if changed:
            store.apply(changed)
        else:
            _create_online_tables(store, wanted)
    return tuple(one.name for one in changed)


def _create_online_tables(store: FeatureStore, wanted: Sequence[Definition]) -> None:
    """Create the online tables that are not there: Feast registers a view first, and a crash may come in between."""
    views = [one for one in wanted if isinstance(one, FeatureView)]
    store._get_provider().update_infra(  # noqa: SLF001 - Feast has no public word for it
        store.project, [], views, [], [], partial=True
    )


def missing(store: FeatureStore, features: FeatureSet) -> tuple[str, ...]:
    """Return the names of a feature set that are not registered, or not as it says; nothing is written."""
    return tuple(one.name for one in _differing(_wanted(store, features), _known(store)))


def _wanted(store: FeatureStore, features: FeatureSet) -> list[Definition]:
    options = store.config.offline_store
    schema_of = partial(_schema, files=options.files)
    by_hand = shared(Path(str(store.config.repo_path)))
    return list(definitions(features, by_hand, options.lake, store.project, schema_of))


def _differing(wanted: Sequence[Definition], known: Known) -> list[Definition]:
    """Return what is new, or described otherwise than what is registered."""
    return [one for one in wanted if _name(one) not in known or described(one) != described(known[_name(one)])]


def _schema(table: Path, files: Mapping[str, Sequence[str]]) -> pa.Schema:
    found = files_of(table, files)
    if not found:
        raise HistoryIncomplete(f"feature table {table}", expected="at least one partition", found="none")
    return pq.read_schema(found[-1])


def _name(one: Definition) -> tuple[str, str]:
    return type(one).__name__, str(one.name)


def _known(store: FeatureStore) -> Known:
    """Return what is registered, as the database says now."""
    found: list[Definition] = [*store.list_entities(), *store.list_feature_views(), *store.list_feature_services()]
    return {_name(one): one for one in found}


def _refuse_another_meaning(wanted: Sequence[Definition], known: Known) -> None:
    """Refuse to change what a name stands for: the services and models that use it would break."""
    for one in wanted:
        if _name(one) in known and meaning(one) != meaning(known[_name(one)]):
            raise SpecError(
                f"{_name(one)[0]} {one.name}",
                expected="what is registered, as a name never changes its meaning",
                found="other columns, keys, time to live or files",
                nearest=f"{one.name}_v2, a new name",
            )
