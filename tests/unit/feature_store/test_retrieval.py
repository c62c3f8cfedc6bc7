"""What a retrieval does besides joining: order, columns, files, memory, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from feast import FeatureStore
from feast.errors import SavedDatasetLocationAlreadyExists
from feast.infra.offline_stores.file_source import SavedDatasetFileStorage

from perennial.errors import HistoryIncomplete, PerennialError
from perennial.feature_store import store as feature_store
from perennial.feature_store.feature_set import FeatureSet
from perennial.settings import Settings

ASKED = """
SELECT * FROM (VALUES
  ('AA', TIMESTAMPTZ '2013-01-03 13:00+00', 1), ('BB', TIMESTAMPTZ '2013-01-02 00:00+00', 2),
  ('AA', TIMESTAMPTZ '2013-01-01 00:00+00', 3), ('CC', TIMESTAMPTZ '2013-01-03 00:00+00', 4)
) t(carrier, event_timestamp, flight);
"""


def test_writes_a_file_in_the_order_asked_and_counts(store: FeatureStore, carriers: FeatureSet, tmp_path: Path) -> None:
    written = feature_store.retrieve(store, carriers.service, ASKED, tmp_path / "set.parquet")
    rows = pq.read_table(written.path).to_pydict()
    assert (rows["flight"], rows["late"], rows["mean"]) == ([1, 2, 3, 4], [3, 10, None, None], [1.5, 5, None, None])
    assert written.rows == 4
    assert written.nulls == {"carrier": 0, "event_timestamp": 0, "flight": 0, "late": 2, "mean": 2}


def test_a_file_is_counted_over_its_row_groups(store: FeatureStore, carriers: FeatureSet, tmp_path: Path) -> None:
    many = (
        "SELECT CASE WHEN i < 100 THEN 'AA' ELSE 'CC' END AS carrier, "
        "TIMESTAMPTZ '2013-01-03 13:00+00' AS event_timestamp FROM range(300000) t(i)"
    )
    written = feature_store.retrieve(store, carriers.service, many, tmp_path / "set.parquet")
    assert pq.read_metadata(written.path).num_row_groups > 1
    assert (written.rows, written.nulls["late"]) == (300_000, 299_900)


def test_chosen_columns_come_in_the_order_given(store: FeatureStore, carriers: FeatureSet, tmp_path: Path) -> None:
    out = tmp_path / "set.parquet"
    feature_store.retrieve(store, carriers.service, ASKED, out, columns=["mean", "flight"])
    assert pq.read_table(out).to_pydict() == {"mean": [1.5, 5, None, None], "flight": [1, 2, 3, 4]}


def test_entity_rows_may_be_files(store: FeatureStore, carriers: FeatureSet, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("b.parquet", "a.parquet")]
    for number, file in enumerate(files):
        frame = pd.DataFrame({"carrier": ["AA"], "event_timestamp": [pd.Timestamp("2013-01-02 13:00", tz="UTC")]})
        frame.assign(number=number).to_parquet(file)
    (batch,) = feature_store.batches(store, carriers.service, files)
    assert batch.to_pydict()["number"] == [0, 1]
    assert batch.to_pydict()["late"] == [2, 2]


def test_no_entity_file_is_incomplete_history(store: FeatureStore, carriers: FeatureSet) -> None:
    with pytest.raises(HistoryIncomplete):
        feature_store.batches(store, carriers.service, [])


def test_batches_have_the_size_asked_and_the_order(store: FeatureStore, carriers: FeatureSet) -> None:
    many = "SELECT 'AA' AS carrier, TIMESTAMPTZ '2013-01-03 13:00+00' AS event_timestamp, i FROM range(10000) t(i)"
    found = list(feature_store.batches(store, carriers.service, many, ["i", "late"], rows=4096))
    assert sum(batch.num_rows for batch in found) == 10_000
    assert max(batch.num_rows for batch in found) <= 4096
    assert [i for batch in found for i in batch.column("i").to_pylist()] == list(range(10_000))


def test_an_ordered_query_keeps_its_order(store: FeatureStore, carriers: FeatureSet) -> None:
    query = (
        "SELECT 'AA' AS carrier, TIMESTAMPTZ '2013-01-03 13:00+00' AS event_timestamp, i FROM range(5000) t(i) "
        "ORDER BY hash(i)"
    )
    found = [
        i for batch in feature_store.batches(store, carriers.service, query) for i in batch.column("i").to_pylist()
    ]
    assert found == [row[0] for row in duckdb.execute("SELECT i FROM range(5000) t(i) ORDER BY hash(i)").fetchall()]


def test_no_rows_give_an_empty_file_with_all_columns(store: FeatureStore, carriers: FeatureSet, tmp_path: Path) -> None:
    query = f"SELECT * FROM ({ASKED.strip().rstrip(';')}) WHERE false"
    written = feature_store.retrieve(store, carriers.service, query, tmp_path / "set.parquet")
    assert (written.rows, list(written.nulls)) == (0, ["carrier", "event_timestamp", "flight", "late", "mean"])


def test_spills_to_a_folder_of_its_own_and_leaves_nothing(
    store: FeatureStore, carriers: FeatureSet, here: Settings, tmp_path: Path
) -> None:
    store.config.offline_store.memory_limit = "64MB"
    many = (
        "SELECT 'AA' AS carrier, TIMESTAMPTZ '2013-01-03 13:00+00' AS event_timestamp, i, "
        "md5(i::VARCHAR) || md5((i + 1)::VARCHAR) AS text FROM range(400000) t(i)"
    )
    written = feature_store.retrieve(store, carriers.service, many, tmp_path / "set.parquet")
    assert (written.rows, written.nulls["late"]) == (400_000, 0)
    assert list((here.var / "spill").iterdir()) == []


def test_a_failed_query_leaves_no_file(store: FeatureStore, carriers: FeatureSet, tmp_path: Path) -> None:
    broken = "SELECT 'AA' AS carrier, now() AS event_timestamp, error('halt') AS x"
    with pytest.raises(duckdb.Error, match="halt"):
        feature_store.retrieve(store, carriers.service, broken, tmp_path / "set.parquet")
    assert list(tmp_path.glob("*set.parquet*")) == []


def test_a_place_that_cannot_be_written_keeps_no_part(
    store: FeatureStore, carriers: FeatureSet, tmp_path: Path
) -> None:
    (tmp_path / "taken.parquet").mkdir()
    with pytest.raises(OSError, match=r"taken\.parquet"):
        feature_store.retrieve(store, carriers.service, ASKED, tmp_path / "taken.parquet")
    assert [path.name for path in tmp_path.glob("*taken*")] == ["taken.parquet"]


REFUSED = {
    "a key that is missing": ("SELECT 'AA' AS carier, now() AS event_timestamp", "no carrier", "carier"),
    "no time": ("SELECT 'AA' AS carrier", "carrier VARCHAR", None),
    "two times": ("SELECT 'AA' AS carrier, now() AS a, now() AS b", "a TIMESTAMP", None),
    "a time that is text": ("SELECT 'AA' AS carrier, '2013-01-01' AS event_timestamp", "event_timestamp VARCHAR", None),
    "a column named as a feature": (
        "SELECT 'AA' AS carrier, now() AS event_timestamp, 1 AS late",
        "a column late",
        None,
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses_entity_rows_with(store: FeatureStore, carriers: FeatureSet, case: str) -> None:
    query, found, near = REFUSED[case]
    with pytest.raises(PerennialError) as raised:
        list(feature_store.batches(store, carriers.service, query))
    assert found in raised.value.found
    assert raised.value.nearest == near


def test_one_time_under_another_name_will_do(store: FeatureStore, carriers: FeatureSet) -> None:
    query = "SELECT 'AA' AS carrier, TIMESTAMPTZ '2013-01-03 13:00+00' AS scheduled"
    (batch,) = feature_store.batches(store, carriers.service, query)
    assert batch.to_pydict()["late"] == [3]


def test_refuses_a_column_that_is_not_there(store: FeatureStore, carriers: FeatureSet) -> None:
    with pytest.raises(PerennialError) as raised:
        list(feature_store.batches(store, carriers.service, ASKED, ["laet"]))
    assert raised.value.nearest == "late"


def test_refuses_to_filter_by_creation(store: FeatureStore, carriers: FeatureSet) -> None:
    frame = pd.DataFrame({"carrier": ["AA"], "event_timestamp": [pd.Timestamp("2013-01-03", tz="UTC")]})
    service = store.get_feature_service(carriers.service)
    with pytest.raises(PerennialError, match="pinned to the revisions"):
        store.get_historical_features(frame, service, filter_by_created_timestamp=True)


def test_refuses_a_range_of_time_without_rows(store: FeatureStore, carriers: FeatureSet) -> None:
    with pytest.raises(PerennialError, match="entity rows"):
        store.get_historical_features(
            None, store.get_feature_service(carriers.service), start_date=pd.Timestamp("2013")
        )


def test_reads_only_the_files_that_are_pinned(store: FeatureStore, carriers: FeatureSet) -> None:
    (table,) = store.config.offline_store.files
    store.config.offline_store.files[table] = store.config.offline_store.files[table][:2]
    (batch,) = feature_store.batches(store, carriers.service, ASKED)
    assert batch.to_pydict()["late"] == [2, 10, None, None]


def test_feast_can_save_the_result_as_a_dataset(store: FeatureStore, carriers: FeatureSet, tmp_path: Path) -> None:
    job = store.get_historical_features(ASKED, store.get_feature_service(carriers.service))
    assert job.metadata.keys == ["carrier", "flight"]
    assert (job.metadata.min_event_timestamp.day, job.metadata.max_event_timestamp.day) == (1, 3)
    place = SavedDatasetFileStorage(str(tmp_path / "saved.parquet"))
    job.persist(place)
    assert pq.read_table(tmp_path / "saved.parquet").column("late").to_pylist() == [3, 10, None, None]
    with pytest.raises(SavedDatasetLocationAlreadyExists):
        job.persist(place)


def test_full_names_carry_the_view(store: FeatureStore, carriers: FeatureSet) -> None:
    service = store.get_feature_service(carriers.service)
    found = store.get_historical_features(ASKED, service, full_feature_names=True).to_arrow().to_pydict()
    assert found[f"{carriers.own_views[0]}__late"] == [3, 10, None, None]
