"""A lake of small feature tables and a store opened on them: on SQLite where only files matter, else on Postgres."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from feast import FeatureStore

from perennial.feature_store import store as feature_store
from perennial.feature_store.feature_set import FeatureSet, ViewDef
from perennial.settings import PROJECT, Settings

CARRIERS = "flight/features/carrier"
MICROSECONDS = pa.timestamp("us", tz="UTC")


@dataclass
class Tables:
    """Writes partitions of feature tables and remembers which files are current."""

    lake: Path
    files: dict[str, list[str]]

    def write(self, table: str, day: str, columns: dict[str, list[object]], *, revision: str = "a" * 16) -> Path:
        """Write one partition; an event_timestamp may be given as text."""
        times = [_time(value) for value in columns["event_timestamp"]]
        data = pa.table({**columns, "event_timestamp": pa.array(times, MICROSECONDS)})
        file = self.lake / table / f"day={day}" / f"{revision}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(data, file)
        current = self.files.setdefault(str(self.lake / table), [])
        current[:] = sorted({str(file)} | {name for name in current if f"day={day}/" not in name})
        return file

    def delays(self, day: str, late: dict[str, int | None], *, revision: str = "a" * 16) -> Path:
        """Write a day's delays at noon, by carrier; the mean is half the count."""
        columns: dict[str, list[object]] = {
            "carrier": list(late),
            "event_timestamp": [f"{day} 12:00"] * len(late),
            "late": list(late.values()),
            "mean": [None if value is None else value / 2 for value in late.values()],
        }
        return self.write(CARRIERS, day, columns, revision=revision)


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    """An installation whose registry and online store are SQLite files."""
    var = tmp_path / "var"
    var.mkdir()
    return Settings(var=var, feature_repo=PROJECT / "feature_repo", urls={"feast": f"sqlite:///{var / 'feast.sqlite'}"})


@pytest.fixture
def served(here: Settings, postgres: Settings) -> Settings:
    """The same on a Postgres database of its own."""
    owner, name = postgres.url("feast"), f"feast_{uuid4().hex}"
    with psycopg.connect(owner.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return replace(here, urls={"feast": f"{owner.rsplit('/', 1)[0]}/{name}"})


@pytest.fixture
def tables(here: Settings) -> Tables:
    return Tables(here.lake, {})


@pytest.fixture
def carriers(tables: Tables) -> FeatureSet:
    """Three days of delays of two carriers; BB flies on the first day only."""
    tables.delays("2013-01-01", {"AA": 1, "BB": 10})
    tables.delays("2013-01-02", {"AA": 2})
    tables.delays("2013-01-03", {"AA": 3})
    view = ViewDef("carrier", ("carrier",), 2, {"late": "BIGINT", "mean": "DOUBLE"}, tables.lake / CARRIERS)
    return FeatureSet("flight", "1234567890abcdef", (view,))


@pytest.fixture
def store(here: Settings, tables: Tables, carriers: FeatureSet) -> Iterator[FeatureStore]:
    """A store in which the carriers are registered."""
    with feature_store.opened(here, tables.files) as opened:
        feature_store.apply(opened, carriers)
        yield opened


@pytest.fixture
def online_store(served: Settings, tables: Tables, carriers: FeatureSet) -> Iterator[FeatureStore]:
    """The same on Postgres, as in an installation."""
    with feature_store.opened(served, tables.files) as opened:
        feature_store.apply(opened, carriers)
        yield opened


def _time(value: object) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    assert isinstance(moment, datetime)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
