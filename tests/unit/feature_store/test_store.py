"""The door: opening, applying, and what several models and processes do to one another."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from feast import FeatureStore

from perennial.errors import HistoryIncomplete, SetupError, SpecError
from perennial.feature_store import config
from perennial.feature_store import store as feature_store
from perennial.feature_store.feature_set import FeatureSet, ViewDef
from perennial.settings import Settings


def names(store: FeatureStore) -> set[str]:
    return {view.name for view in store.list_feature_views()} | {one.name for one in store.list_feature_services()}


def test_apply_registers_once(store: FeatureStore, carriers: FeatureSet) -> None:
    assert names(store) == {carriers.own_views[0], carriers.service}
    assert feature_store.apply(store, carriers) == ()


def test_apply_touches_nothing_of_another_model(store: FeatureStore, carriers: FeatureSet) -> None:
    before = names(store)
    other = replace(carriers, model="other")
    assert feature_store.apply(store, other) == (other.own_views[0], other.service)
    assert names(store) == before | {other.own_views[0], other.service}


def test_a_new_digest_stands_beside_the_old_one(store: FeatureStore, carriers: FeatureSet) -> None:
    view = replace(carriers.views[0], fields={"late": "BIGINT"})
    newer = replace(carriers, digest="f" * 16, views=(view,))
    feature_store.apply(store, newer)
    asked = "SELECT 'AA' AS carrier, TIMESTAMPTZ '2013-01-03 13:00+00' AS event_timestamp"
    (old,) = feature_store.batches(store, carriers.service, asked)
    (new,) = feature_store.batches(store, newer.service, asked)
    assert (old.to_pydict()["mean"], "mean" in new.schema.names) == ([1.5], False)


def test_a_definition_never_changes_under_its_name(store: FeatureStore, carriers: FeatureSet) -> None:
    changed = replace(carriers, views=(replace(carriers.views[0], ttl_days=9),))
    with pytest.raises(SpecError) as raised:
        feature_store.apply(store, changed)
    assert raised.value.where == f"FeatureView {carriers.own_views[0]}"
    assert store.get_feature_view(carriers.own_views[0]).ttl.days == 2


def test_one_key_has_one_type_for_all_models(store: FeatureStore, tables: Any) -> None:
    tables.write("x/other", "2013-01-01", {"carrier": [1], "event_timestamp": ["2013-01-01"], "n": [1]})
    other = FeatureSet("x", "0" * 16, (ViewDef("other", ("carrier",), 1, {"n": "BIGINT"}, tables.lake / "x/other"),))
    store.config.offline_store.files.update(tables.files)
    with pytest.raises(SpecError, match="Entity carrier"):
        feature_store.apply(store, other)
    assert store.get_entity("carrier").value_type.name == "STRING"


def test_a_shared_view_needs_no_partition_yet(store: FeatureStore, carriers: FeatureSet) -> None:
    with_weather = replace(carriers, digest="e" * 16, shared=("weather",))
    assert "weather" in feature_store.apply(store, with_weather)
    tables = "SELECT 'AA' AS carrier, 'JFK' AS origin, TIMESTAMPTZ '2013-01-03 13:00+00' AS event_timestamp"
    (batch,) = feature_store.batches(store, with_weather.service, tables)
    assert (batch.to_pydict()["late"], batch.to_pydict()["temp"]) == ([3], [None])


def test_a_second_set_may_join_the_same_shared_view(store: FeatureStore, carriers: FeatureSet) -> None:
    feature_store.apply(store, replace(carriers, digest="e" * 16, shared=("weather",)))
    newer = replace(carriers, digest="f" * 16, shared=("weather",))
    assert feature_store.apply(store, newer) == (newer.own_views[0], newer.service)
    service = store.get_feature_service(newer.service)
    assert {len(one.features) for one in service.feature_view_projections} == {2, 8}


def test_other_words_beside_a_definition_are_registered(store: FeatureStore, carriers: FeatureSet) -> None:
    view = store.get_feature_view(carriers.own_views[0])
    view.tags = {"written_by": "somebody"}
    store.apply([view])
    assert feature_store.apply(store, carriers) == (carriers.own_views[0],)
    assert store.get_feature_view(carriers.own_views[0]).tags["written_by"] == "flight"


def test_a_table_without_a_partition_is_incomplete_history(here: Settings, carriers: FeatureSet) -> None:
    with feature_store.opened(here, {str(carriers.views[0].table): []}) as store, pytest.raises(HistoryIncomplete):
        feature_store.apply(store, carriers)


def test_what_is_registered_survives_closing(
    served: Settings, tables: Any, carriers: FeatureSet, tmp_path: Path
) -> None:
    with feature_store.opened(served, tables.files) as first:
        feature_store.apply(first, carriers)
    asked = "SELECT 'BB' AS carrier, TIMESTAMPTZ '2013-01-03 12:00+00' AS event_timestamp"
    with feature_store.opened(served, tables.files) as second:
        written = feature_store.retrieve(second, carriers.service, asked, tmp_path / "set.parquet")
    assert written.nulls["late"] == 0


def test_a_repo_without_its_file_says_so(here: Settings, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"feature_store\.yaml"):
        feature_store.open_store(replace(here, feature_repo=tmp_path), {})


def test_the_configuration_has_one_source(served: Settings) -> None:
    found = config.repo_config(served, {"/lake/a": ["/lake/a/1.parquet"]})
    assert found.online_store.type == "perennial.feature_store.online.NewestOnlineStore"
    assert (found.online_store.host, found.online_store.sslmode) == ("127.0.0.1", "disable")
    assert found.registry.path == served.url("feast")
    assert found.offline_store.files == {"/lake/a": ["/lake/a/1.parquet"]}
    assert found.materialization_config.online_write_batch_size == 10_000


def _apply(settings: Settings, files: dict[str, list[str]], features: FeatureSet) -> int:
    with feature_store.opened(settings, files) as store:
        return len(feature_store.apply(store, features))


def test_stores_that_open_together_on_an_empty_database_all_register(
    served: Settings, tables: Any, carriers: FeatureSet
) -> None:
    sets = [replace(carriers, model=f"m{number}") for number in range(4)]
    start = Barrier(len(sets))

    def register(features: FeatureSet) -> None:
        start.wait()
        _apply(served, tables.files, features)

    with ThreadPoolExecutor(len(sets)) as pool:
        list(pool.map(register, sets))
    with feature_store.opened(served, tables.files) as store:
        assert names(store) == {name for one in sets for name in (*one.own_views, one.service)}


def test_the_plain_feast_command_works(served: Settings, tables: Any, carriers: FeatureSet) -> None:
    _apply(served, tables.files, replace(carriers, shared=("weather",)))
    command = [str(Path(sys.executable).with_name("feast")), "-c", str(served.feature_repo), "feature-views", "list"]
    env = {**config.environment(served), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    found = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
    assert "weather" in found
    assert carriers.own_views[0] in found


def test_importing_the_door_leaves_typeguard_alone() -> None:
    script = (
        "import typeguard; before = typeguard.typechecked\n"
        "from perennial.feature_store import store\n"
        "import feast; assert typeguard.typechecked is before"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_feature_set_does_not_import_feast() -> None:
    script = "import sys; from perennial.feature_store.feature_set import FeatureSet; assert 'feast' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
