"""The online store: the newest value stays, whoever writes last."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from feast import FeatureStore, FeatureView

from perennial.feature_store import store as feature_store
from perennial.feature_store.feature_set import FeatureSet, ViewDef
from perennial.feature_store.online import NewestOnlineStore, NewestOnlineStoreConfig, _cells
from perennial.feature_store.protos import online_rows
from perennial.settings import Settings

NOON = datetime(2013, 1, 1, 12, tzinfo=UTC)


class Writer:
    """Writes rows of the carrier view and reads them back."""

    def __init__(self, store: FeatureStore, features: FeatureSet) -> None:
        self.store, self.service = store, features.service
        self.view: FeatureView = store.get_feature_view(features.own_views[0])
        self.online: NewestOnlineStore = store._get_provider().online_store

    def write(self, late: dict[str, int | None], at: datetime = NOON) -> None:
        columns = {
            "carrier": pa.array(list(late)),
            "late": pa.array(list(late.values()), pa.int64()),
            "mean": pa.array([None] * len(late), pa.float64()),
            "event_timestamp": pa.array([at] * len(late), pa.timestamp("us", tz="UTC")),
        }
        rows = online_rows(pa.record_batch(columns), self.view, "event_timestamp", None)
        self.online.online_write_batch(self.store.config, self.view, rows, None)

    def read(self, carrier: str = "AA") -> Any:
        (row,) = feature_store.online(self.store, self.service, [{"carrier": carrier}])
        return row["late"]


@pytest.fixture
def writer(online_store: FeatureStore, carriers: FeatureSet) -> Writer:
    return Writer(online_store, carriers)


def test_an_older_value_does_not_overwrite(writer: Writer) -> None:
    writer.write({"AA": 2}, NOON)
    writer.write({"AA": 1}, NOON - timedelta(microseconds=1))
    assert writer.read() == 2


@pytest.mark.parametrize("later", [timedelta(), timedelta(microseconds=1)])
def test_a_value_of_the_same_or_a_later_time_does(writer: Writer, later: timedelta) -> None:
    writer.write({"AA": 2}, NOON)
    writer.write({"AA": 3}, NOON + later)
    assert writer.read() == 3


def test_a_newer_null_counts_and_large_numbers_stay_exact(writer: Writer) -> None:
    writer.write({"AA": 2**60 + 1, "BB": None}, NOON)
    assert (writer.read("AA"), writer.read("BB"), writer.read("CC")) == (2**60 + 1, None, None)
    writer.write({"AA": None}, NOON + timedelta(hours=1))
    assert writer.read("AA") is None


def test_of_one_batch_the_newest_row_of_a_key_counts(writer: Writer) -> None:
    rows = []
    for late, at in ((1, NOON), (2, NOON + timedelta(hours=1)), (3, NOON - timedelta(hours=1))):
        columns = {"carrier": ["AA"], "late": [late], "mean": [0.5], "event_timestamp": [at]}
        rows += online_rows(pa.record_batch(columns), writer.view, "event_timestamp", None)
    writer.online.online_write_batch(writer.store.config, writer.view, rows, None)
    assert writer.read() == 2


def test_a_correction_wins_over_what_was_created_before(writer: Writer) -> None:
    def row(late: int, created: datetime) -> Any:
        columns = {"carrier": ["AA"], "late": [late], "mean": [0.5], "event_timestamp": [NOON], "created": [created]}
        return online_rows(pa.record_batch(columns), writer.view, "event_timestamp", "created")

    config = writer.store.config
    writer.online.online_write_batch(config, writer.view, row(2, NOON + timedelta(days=2)), None)
    writer.online.online_write_batch(config, writer.view, row(1, NOON + timedelta(days=1)), None)
    assert writer.read() == 2


def test_writers_at_once_end_with_the_newest(served: Settings, tables: Any, carriers: FeatureSet) -> None:
    keys = [f"c{number}" for number in range(50)]

    def write(order: int) -> None:
        with feature_store.opened(served, tables.files) as store:
            mine = Writer(store, carriers)
            for hour in range(order, 40, 4):
                shuffled = keys[order * 10 :] + keys[: order * 10]
                mine.write(dict.fromkeys(shuffled, hour), NOON + timedelta(hours=hour))

    with feature_store.opened(served, tables.files) as store:
        feature_store.apply(store, carriers)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(4)))
        found = feature_store.online(store, carriers.service, [{"carrier": key} for key in keys])
    assert {row["late"] for row in found} == {39}


def test_times_are_utc_in_a_server_of_another_zone(served: Settings, tables: Any, carriers: FeatureSet) -> None:
    with psycopg.connect(served.url("feast").replace("+psycopg", ""), autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE \"{name}\" SET timezone TO 'America/New_York'")
    with feature_store.opened(served, tables.files) as store:
        feature_store.apply(store, carriers)
        mine = Writer(store, carriers)
        rows = [(key, values, NOON.replace(tzinfo=None), None) for key, values, *_ in _rows(mine)]
        mine.online.online_write_batch(store.config, mine.view, rows, None)
        assert mine.online.newest(store.config, mine.view) == NOON


def _rows(writer: Writer) -> list[Any]:
    columns = {"carrier": ["AA"], "late": [1], "mean": [0.5], "event_timestamp": [NOON]}
    return online_rows(pa.record_batch(columns), writer.view, "event_timestamp", None)


def test_a_failed_write_leaves_a_working_connection(writer: Writer) -> None:
    writer.write({"AA": 1})
    unknown = FeatureView(name="unknown", source=writer.view.batch_source)
    with pytest.raises(psycopg.errors.UndefinedTable):
        writer.online.online_write_batch(writer.store.config, unknown, _rows(writer), None)
    writer.write({"AA": 2})
    assert writer.read() == 2


def test_nothing_to_write_is_nothing(writer: Writer) -> None:
    writer.online.online_write_batch(writer.store.config, writer.view, [], None)
    assert writer.online.newest(writer.store.config, writer.view) is None


KINDS = {
    "BOOLEAN": (pa.bool_(), True),
    "SMALLINT": (pa.int16(), 7),
    "BIGINT": (pa.int64(), 2**60 + 1),
    "FLOAT": (pa.float32(), 0.5),
    "DOUBLE": (pa.float64(), 0.1),
    "VARCHAR": (pa.string(), "x"),
    "TIMESTAMPTZ": (pa.timestamp("us", tz="UTC"), NOON),
    "DATE": (pa.date32(), NOON.date()),
}


@pytest.fixture
def kinds(served: Settings, tables: Any) -> Iterator[tuple[FeatureStore, FeatureSet]]:
    """A view with a column of each type, with a value for key 1 and nulls for key 2; also a key that is a number."""
    columns = {name.lower(): pa.array([value, None], kind) for name, (kind, value) in KINDS.items()}
    tables.write("k/kinds", "2013-01-01", {"id": [1, 2], "event_timestamp": ["2013-01-01", "2013-01-01"], **columns})
    fields = {name.lower(): name for name in KINDS}
    features = FeatureSet("k", "0" * 16, (ViewDef("kinds", ("id",), 1, fields, tables.lake / "k" / "kinds"),))
    with feature_store.opened(served, tables.files) as store:
        feature_store.apply(store, features)
        yield store, features


def test_every_type_comes_back_and_null_stays_null(kinds: tuple[FeatureStore, FeatureSet]) -> None:
    from perennial.feature_store.materialise import materialise
    from perennial.keys import Window

    store, features = kinds
    materialise(store, features.own_views, Window.parse("2013-01-01"), {})
    one, two = feature_store.online(store, features.service, [{"id": 1}, {"id": 2}])
    times = {"timestamptz": NOON, "date": NOON.replace(hour=0)}
    assert one == {"id": 1, **{name.lower(): value for name, (_, value) in KINDS.items()}, **times}
    assert two == {"id": 2, **dict.fromkeys([name.lower() for name in KINDS])}


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("postgresql+psycopg://u:p@127.0.0.1:5433/feast", ("127.0.0.1", 5433, "feast", "u", "p", "disable")),
        ("postgresql+psycopg://u:p%40@db.example/feast", ("db.example", 5432, "feast", "u", "p@", "require")),
        ("postgresql+psycopg://u@db.example/f?sslmode=verify-full", ("db.example", 5432, "f", "u", "", "verify-full")),
        ("postgresql+psycopg://u@/f?host=/run/pg", ("/run/pg", 5432, "f", "u", "", "disable")),
    ],
)
def test_an_address_gives_all_parts(url: str, parts: tuple[object, ...]) -> None:
    found = NewestOnlineStoreConfig(url=url)
    assert (found.host, found.port, found.database, found.user, found.password, found.sslmode) == parts


def test_an_address_that_is_not_filled_in_is_refused() -> None:
    with pytest.raises(ValueError, match="PERENNIAL_FEAST_URL"):
        NewestOnlineStoreConfig(url="${PERENNIAL_FEAST_URL}")


def test_cells_are_written_in_the_order_of_their_keys(writer: Writer) -> None:
    columns = {"carrier": ["C", "A", "B"], "late": [1, 2, 3], "mean": [0.5] * 3, "event_timestamp": [NOON] * 3}
    rows = online_rows(pa.record_batch(columns), writer.view, "event_timestamp", None)
    keys, names, *_ = _cells(rows, 3)
    assert list(zip(keys, names, strict=True)) == sorted(zip(keys, names, strict=True))
