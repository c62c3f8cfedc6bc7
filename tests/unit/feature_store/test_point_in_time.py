"""Point-in-time retrieval against a plain loop that knows nothing of DuckDB, pandas or Feast."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from feast import FeatureStore
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from perennial.feature_store import store as feature_store
from perennial.feature_store.feature_set import FeatureSet, ViewDef
from perennial.settings import PROJECT, Settings

DAY_NS = 86_400 * 10**9
START_NS = int(datetime(2013, 1, 1, tzinfo=UTC).timestamp()) * 10**9
TYPES = {"ns": pa.timestamp("ns", tz="UTC"), "us": pa.timestamp("us", tz="UTC"), "naive": pa.timestamp("us")}


@dataclass(frozen=True)
class Asked:
    a: str | None
    b: str | None
    at: int  # ns


@dataclass(frozen=True)
class Known:
    a: str | None
    b: str | None
    at: int  # ns
    value: int | None


@dataclass
class Bench:
    """One registered view of two keys with a time to live of a day, over files that each example replaces."""

    store: FeatureStore
    service: str
    folder: Path

    def run(
        self, asked: list[Asked], files: list[list[Known]], unit: str = "ns", *, as_frame: bool = False
    ) -> list[tuple]:
        self._pin([write_known(self.folder / f"{n}.parquet", rows, unit) for n, rows in enumerate(files)])
        entities = write_asked(self.folder / "asked.parquet", asked, unit)
        rows = self._frame(entities) if as_frame else self._streamed(entities)
        return [(row["n"], row["a"], row["b"], row["value"]) for row in rows]

    def _streamed(self, entities: Path) -> list[dict]:
        return [
            row for batch in feature_store.batches(self.store, self.service, [entities]) for row in batch.to_pylist()
        ]

    def _frame(self, entities: Path) -> list[dict]:
        frame = pq.read_table(entities).to_pandas()
        service = self.store.get_feature_service(self.service)
        return self.store.get_historical_features(frame, service).to_arrow().to_pylist()

    def _pin(self, files: list[Path]) -> None:
        self.store.config.offline_store.files[str(self.folder / "table")] = [str(file) for file in files]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("bench")
    settings = Settings(
        var=folder / "var",
        feature_repo=PROJECT / "feature_repo",
        urls={"feast": f"sqlite:///{folder / 'feast.sqlite'}"},
    )
    (folder / "table").mkdir()
    file = write_known(folder / "table" / "first.parquet", [Known("1", "1", START_NS, 1)], "us")
    features = FeatureSet("probe", "0" * 16, (ViewDef("two", ("a", "b"), 1, {"value": "BIGINT"}, folder / "table"),))
    with feature_store.opened(settings, {str(folder / "table"): [str(file)]}) as store:
        feature_store.apply(store, features)
        yield Bench(store, features.service, folder)


def expected(asked: list[Asked], files: list[list[Known]]) -> list[tuple]:
    """The newest row of the same keys that is not after the time asked; of a tie the last row of the last file."""
    known = [row for rows in files for row in rows]
    result = []
    for number, ask in enumerate(asked):
        found = None
        for row in known:
            same = row.a == ask.a and row.b == ask.b and None not in (ask.a, ask.b)
            if same and row.at <= ask.at and (found is None or row.at >= found.at):
                found = row
        alive = found is not None and found.at >= ask.at - DAY_NS
        result.append((number, ask.a, ask.b, found.value if alive and found else None))
    return result


KEYS = st.sampled_from(["1", "11", "", None])
OFFSETS = st.sampled_from([0, 1, -1, 1000, -1000])


@st.composite
def times(draw: st.DrawFn, step: int) -> int:
    """Return times that often are equal, a day apart to the nanosecond, or next to it."""
    near = draw(OFFSETS) if step == 1 else draw(OFFSETS) * 1000
    return START_NS + draw(st.integers(0, 3)) * DAY_NS + draw(st.sampled_from([0, DAY_NS // 2])) + near


def cases(unit: str) -> st.SearchStrategy:
    at = times(1 if unit == "ns" else 1000)
    asked = st.lists(st.builds(Asked, KEYS, KEYS, at), min_size=1, max_size=12)
    known = st.lists(st.builds(Known, KEYS, KEYS, at, st.none() | st.integers(0, 99)), max_size=12)
    return st.tuples(asked, st.lists(known, min_size=1, max_size=3))


@pytest.mark.parametrize("unit", TYPES)
@pytest.mark.parametrize("as_frame", [False, True], ids=["query", "frame"])
@given(data=st.data())
@hypothesis_settings(max_examples=20, deadline=None)
def test_equals_a_plain_loop(bench: Bench, unit: str, as_frame: bool, data: st.DataObject) -> None:
    asked, files = data.draw(cases(unit))
    assert bench.run(asked, files, unit, as_frame=as_frame) == expected(asked, files)


def at(days: float, nanoseconds: int = 0) -> int:
    return START_NS + int(days * DAY_NS) + nanoseconds


PROBES: dict[str, tuple[list[Asked], list[list[Known]], list[int | None]]] = {
    "at the edge of the time to live": ([Asked("1", "1", at(1))], [[Known("1", "1", at(0), 7)]], [7]),
    "a nanosecond beyond it": ([Asked("1", "1", at(1, 1))], [[Known("1", "1", at(0), 7)]], [None]),
    "at the same time": ([Asked("1", "1", at(0))], [[Known("1", "1", at(0), 7)]], [7]),
    "a nanosecond too early": ([Asked("1", "1", at(0))], [[Known("1", "1", at(0, 1), 7)]], [None]),
    "a tie is one row": ([Asked("1", "1", at(0))], [[Known("1", "1", at(0), 7), Known("1", "1", at(0), 8)]], [8]),
    "a tie across files": ([Asked("1", "1", at(0))], [[Known("1", "1", at(0), 9)], [Known("1", "1", at(0), 8)]], [8]),
    "rows asked twice stay two": ([Asked("1", "1", at(0))] * 2, [[Known("1", "1", at(0), 7)]], [7, 7]),
    "a null key is nobody's": ([Asked(None, "1", at(0))], [[Known(None, "1", at(0), 7)]], [None]),
    "an unknown key": ([Asked("2", "1", at(0))], [[Known("1", "1", at(0), 7)]], [None]),
    "the newest value is null": (
        [Asked("1", "1", at(0.5))],
        [[Known("1", "1", at(0), 7), Known("1", "1", at(0.25), None)]],
        [None],
    ),
    "keys are not glued together": (
        [Asked("1", "11", at(0)), Asked("11", "1", at(0))],
        [[Known("1", "11", at(0), 7), Known("11", "1", at(0), 8)]],
        [7, 8],
    ),
    "no file at all": ([Asked("1", "1", at(0))], [], [None]),
}


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("probe", PROBES)
def test_probe(bench: Bench, probe: str, zone: str, in_zone: Callable[[str], None]) -> None:
    in_zone(zone)
    asked, files, values = PROBES[probe]
    assert [row[3] for row in bench.run(asked, files)] == values
    assert [row[3] for row in bench.run(asked, files, as_frame=True)] == values


@pytest.fixture
def in_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Move this process into a time zone."""

    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


def test_a_frame_without_zone_is_utc_in_any_zone(bench: Bench, in_zone: Callable[[str], None]) -> None:
    in_zone("America/New_York")
    bench._pin([write_known(bench.folder / "0.parquet", [Known("1", "1", at(0.5), 7)], "naive")])
    moments = [datetime(2013, 1, 1, 12), datetime(2013, 1, 1, 11, 59, 59), datetime(2013, 1, 2, 12)]  # noqa: DTZ001
    frame = pd.DataFrame({"a": "1", "b": "1", "event_timestamp": moments})
    service = bench.store.get_feature_service(bench.service)
    found = bench.store.get_historical_features(frame, service).to_df()["value"]
    assert [None if pd.isna(value) else value for value in found] == [7, None, 7]


def test_an_entity_row_without_a_time_finds_nothing_and_stays(bench: Bench) -> None:
    bench._pin([write_known(bench.folder / "0.parquet", [Known("1", "1", at(0), 7)], "us")])
    query = (
        "SELECT '1' AS a, '1' AS b, NULL::TIMESTAMPTZ AS event_timestamp UNION ALL "
        "SELECT '1', '1', TIMESTAMPTZ '2013-01-01 06:00:00+00'"
    )
    (batch,) = feature_store.batches(bench.store, bench.service, query)
    assert batch.column("value").to_pylist() == [None, 7]


def test_many_rows_equal_merge_asof(bench: Bench) -> None:
    known = pd.DataFrame({"a": [str(n % 7) for n in range(5000)], "value": range(5000)})
    known["event_timestamp"] = pd.Timestamp("2013-01-01", tz="UTC") + pd.to_timedelta(
        [n * 7919 % 500_000 for n in range(5000)], unit="s"
    )
    asked = pd.DataFrame({"a": [str(n % 9) for n in range(3000)], "row": range(3000)})
    asked["event_timestamp"] = pd.Timestamp("2013-01-01", tz="UTC") + pd.to_timedelta(
        [n * 104_729 % 600_000 for n in range(3000)], unit="s"
    )
    file = bench.folder / "many.parquet"
    known.assign(b="x").to_parquet(file)
    bench._pin([file])
    service = bench.store.get_feature_service(bench.service)
    found = bench.store.get_historical_features(asked.assign(b="x"), service).to_df()
    merged = pd.merge_asof(
        asked.sort_values("event_timestamp"),
        known.sort_values("event_timestamp"),
        on="event_timestamp",
        by="a",
        tolerance=timedelta(days=1),
    ).sort_values("row")
    assert found["row"].tolist() == list(range(3000))
    pd.testing.assert_series_equal(
        found["value"].astype("float64"), merged["value"].reset_index(drop=True).astype("float64"), check_names=False
    )
    assert 0 < found["value"].isna().sum() < 3000


def write_known(file: Path, rows: list[Known], unit: str) -> Path:
    columns = {
        "a": pa.array([row.a for row in rows], pa.string()),
        "b": pa.array([row.b for row in rows], pa.string()),
        "event_timestamp": instants([row.at for row in rows], unit),
        "value": pa.array([row.value for row in rows], pa.int64()),
    }
    pq.write_table(pa.table(columns), file)
    return file


def write_asked(file: Path, rows: list[Asked], unit: str) -> Path:
    columns = {
        "n": pa.array(range(len(rows)), pa.int64()),
        "a": pa.array([row.a for row in rows], pa.string()),
        "b": pa.array([row.b for row in rows], pa.string()),
        "event_timestamp": instants([row.at for row in rows], unit),
    }
    pq.write_table(pa.table(columns), file)
    return file


def instants(nanoseconds: list[int], unit: str) -> pa.Array:
    kind = TYPES[unit]
    return pa.array([value if kind.unit == "ns" else value // 1000 for value in nanoseconds], pa.int64()).cast(kind)
