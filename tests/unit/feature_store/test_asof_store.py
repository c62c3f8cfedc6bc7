"""What Feast itself can ask of the offline store, with views written by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from feast import Entity, FeatureService, FeatureStore, FeatureView, Field, FileSource, ValueType
from feast.infra.offline_stores.file_source import SavedDatasetFileStorage
from feast.on_demand_feature_view import on_demand_feature_view
from feast.types import Float64, Int64, String

from perennial.errors import PerennialError

AIRPORT = Entity(name="airport", join_keys=["airport"], value_type=ValueType.STRING)
ASKED = pd.DataFrame(
    {"origin": ["JFK", "LGA"], "dest": ["LGA", "JFK"], "event_timestamp": [pd.Timestamp("2013-01-02", tz="UTC")] * 2}
)


@pytest.fixture
def hand(store: FeatureStore, tables: Any) -> FeatureStore:
    """The store with one more table: two airports, JFK with a correction that was created later."""
    columns: dict[str, list[Any]] = {
        "airport": ["JFK", "LGA", "JFK"],
        "event_timestamp": ["2013-01-01 12:00"] * 3,
        "created": [datetime(2013, 1, day, tzinfo=UTC) for day in (9, 2, 3)],
        "t": [30, 20, 10],
    }
    tables.write("hand/airports", "2013-01-01", columns)
    store.config.offline_store.files.update(tables.files)
    return store


def source(**more: Any) -> FileSource:
    return FileSource(path="hand/airports", timestamp_field="event_timestamp", **more)


def view(name: str, **more: Any) -> FeatureView:
    schema = [Field(name="airport", dtype=String), Field(name="t", dtype=Int64)]
    return FeatureView(**{"name": name, "entities": [AIRPORT], "ttl": timedelta(days=2), "schema": schema, **more})


def asked(store: FeatureStore, features: Any, frame: pd.DataFrame) -> dict[str, list[Any]]:
    return store.get_historical_features(frame, features).to_arrow().to_pydict()


def test_of_a_tie_the_last_created_wins(hand: FeatureStore) -> None:
    hand.apply([AIRPORT, view("airports", source=source(created_timestamp_column="created"))])
    frame = ASKED.rename(columns={"origin": "airport"})
    assert asked(hand, ["airports:t"], frame)["t"] == [30, 20]


def test_of_a_tie_without_creation_the_last_row_wins(hand: FeatureStore) -> None:
    hand.apply([AIRPORT, view("airports", source=source())])
    frame = ASKED.rename(columns={"origin": "airport"})
    assert asked(hand, ["airports:t"], frame)["t"] == [10, 20]


def test_one_view_in_two_roles(hand: FeatureStore) -> None:
    airports = view("airports", source=source())
    roles = [airports.with_name(f"{role}_airport").with_join_key_map({"airport": role}) for role in ("origin", "dest")]
    service = FeatureService(name="roles", features=roles)
    hand.apply([AIRPORT, airports, service])
    found = hand.get_historical_features(ASKED, hand.get_feature_service("roles"), full_feature_names=True).to_df()
    assert found["origin_airport__t"].tolist() == [10, 20]
    assert found["dest_airport__t"].tolist() == [20, 10]


def test_a_column_under_another_name(hand: FeatureStore) -> None:
    schema = [Field(name="airport", dtype=String), Field(name="temperature", dtype=Float64)]
    hand.apply([AIRPORT, view("named", schema=schema, source=source(field_mapping={"t": "temperature"}))])
    frame = ASKED.rename(columns={"origin": "airport"})
    assert asked(hand, ["named:temperature"], frame)["temperature"] == [10.0, 20.0]


def test_a_view_of_nobody_in_particular(hand: FeatureStore) -> None:
    hand.apply([view("all", entities=[], schema=[Field(name="t", dtype=Int64)], source=source())])
    assert asked(hand, ["all:t"], ASKED)["t"] == [10, 10]


def test_a_view_without_schema_takes_the_columns(hand: FeatureStore) -> None:
    hand.apply([AIRPORT, view("guessed", schema=None, source=source(created_timestamp_column="created"))])
    assert [(field.name, field.dtype) for field in hand.get_feature_view("guessed").features] == [("t", Int64)]


@pytest.mark.filterwarnings("ignore:On demand feature view is an experimental feature:RuntimeWarning")  # Feast's word
def test_an_on_demand_view_computes_on_the_result(hand: FeatureStore, tmp_path: Path) -> None:
    airports = view("airports", source=source())

    @on_demand_feature_view(sources=[airports], schema=[Field(name="double", dtype=Float64)])
    def doubled(inputs: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"double": inputs["t"] * 2.0})

    hand.apply([AIRPORT, airports, doubled])
    job = hand.get_historical_features(ASKED.rename(columns={"origin": "airport"}), ["airports:t", "doubled:double"])
    assert job.to_df()["double"].tolist() == [20, 40]
    with pytest.raises(PerennialError, match="doubled"):
        job.to_parquet(tmp_path / "out.parquet")


@pytest.mark.filterwarnings("ignore:.*aving dataset is an experimental feature:RuntimeWarning")  # Feast's word
@pytest.mark.filterwarnings("ignore:Retrieving datasets is an experimental feature:RuntimeWarning")
def test_a_saved_dataset_is_read_back(hand: FeatureStore, tmp_path: Path) -> None:
    hand.apply([AIRPORT, view("airports", source=source())])
    job = hand.get_historical_features(ASKED.rename(columns={"origin": "airport"}), ["airports:t"])
    hand.create_saved_dataset(job, "kept", SavedDatasetFileStorage(str(tmp_path / "kept.parquet")))
    assert hand.get_saved_dataset("kept").to_df()["t"].tolist() == [10, 20]


def test_pulls_between_two_times_include_both(hand: FeatureStore) -> None:
    config, offline = hand.config, hand._get_provider().offline_store
    noon = datetime(2013, 1, 1, 12, tzinfo=UTC)
    moment = timedelta(microseconds=1)

    def rows(pull: Any, start: datetime, end: datetime) -> pa.Table:
        created = "created"
        return pull(config, source(), ["airport"], ["t"], "event_timestamp", created, start, end).to_arrow()

    every, newest = offline.pull_all_from_table_or_query, offline.pull_latest_from_table_or_query
    assert rows(every, noon, noon).num_rows == 3
    assert sorted(rows(newest, noon, noon).column("t").to_pylist()) == [20, 30]
    assert rows(every, noon + moment, noon + timedelta(days=1)).num_rows == 0
    assert rows(every, noon - timedelta(days=1), noon - moment).num_rows == 0


def test_feature_files_are_not_written_through_feast(hand: FeatureStore) -> None:
    hand.apply([AIRPORT, view("airports", source=source())])
    now = pd.Timestamp("2013-01-02", tz="UTC")
    frame = pd.DataFrame({"airport": ["JFK"], "t": [1], "event_timestamp": [now], "created": [now]})
    with pytest.raises(PerennialError, match="written by the features stage"):
        hand.write_to_offline_store("airports", frame)
