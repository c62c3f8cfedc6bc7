"""What Feast costs: a training set through our door against the same join as one bare DuckDB query, alternating.

    python bench/training_set.py [--rows 336776] [--days 365] [--repeats 5]

The data are made up, in the shape of a year of flights out of New York: five views in daily partitions (weather by
airport and hour, delays by carrier, airport, aircraft and route), ten features or so that a model joins. Both sides
read the same files and write the same rows to Parquet; the bare query neither decides ties nor keeps the order.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb

from perennial.feature_store import store as feature_store
from perennial.feature_store.feature_set import FeatureSet, ViewDef
from perennial.settings import Settings


class Shape(NamedTuple):
    keys: dict[str, str]  # join key -> its value from a number i
    size: int  # how many keys
    hours: int  # between two rows of a key
    ttl_days: int
    fields: tuple[str, ...]


SHAPES = {
    "weather": Shape(
        {"origin": "'o' || i"}, 3, 1, 1, ("temp", "dewp", "humid", "wind", "gust", "precip", "pressure", "visib")
    ),
    "carrier": Shape({"carrier": "'c' || i"}, 16, 1, 2, ("carrier_late", "carrier_mean", "carrier_n")),
    "origin": Shape({"origin": "'o' || i"}, 3, 1, 2, ("origin_late", "origin_mean", "origin_n")),
    "aircraft": Shape({"tailnum": "'t' || i"}, 4000, 24, 7, ("tail_late", "tail_mean", "tail_n")),
    "route": Shape({"origin": "'o' || i % 3", "dest": "'d' || i // 3"}, 315, 24, 7, ("route_late", "route_n")),
}
START = "timestamptz '2013-01-01 00:00:00+00'"


class Cost(NamedTuple):
    wall: float
    cpu: float


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="perennial-bench-") as name:
        folder = Path(name)
        settings = Settings(var=folder / "var", urls={"feast": f"sqlite:///{folder / 'feast.sqlite'}"})
        settings.var.mkdir()
        files = write_views(settings.lake, options.days)
        entities = write_entities(folder / "entities.parquet", options.rows, options.days)
        compare(settings, files, entities, folder, options.repeats)


def compare(settings: Settings, files: dict[str, list[str]], entities: Path, folder: Path, repeats: int) -> None:
    features = feature_set(settings.lake)
    bare = bare_query(settings.lake, files, entities)
    costs: dict[str, list[Cost]] = {"door": [], "bare": []}
    with feature_store.opened(settings, files) as store:
        feature_store.apply(store, features)
        for number in range(repeats + 1):  # the first round warms the page cache and is not counted
            door = measured(
                lambda: feature_store.retrieve(store, features.service, [entities], folder / "door.parquet")
            )
            plain = measured(lambda: run_bare(bare, folder / "bare.parquet"))
            print(
                f"round {number}: door {door.wall:.2f} s, {door.cpu:.2f} CPU-s; "
                f"bare {plain.wall:.2f} s, {plain.cpu:.2f} CPU-s"
            )
            if number:
                costs["door"].append(door)
                costs["bare"].append(plain)
    check_equal(folder / "door.parquet", folder / "bare.parquet")
    for what in Cost._fields:
        door_side, bare_side = (
            statistics.median(getattr(cost, what) for cost in costs[side]) for side in ("door", "bare")
        )
        print(f"{what}: {door_side:.2f} / {bare_side:.2f} = {door_side / bare_side:.2f}")


def measured(call: Callable[[], object]) -> Cost:
    wall, before = time.perf_counter(), os.times()
    call()
    after = os.times()
    return Cost(time.perf_counter() - wall, after.user + after.system - before.user - before.system)


def feature_set(lake: Path) -> FeatureSet:
    views = (
        ViewDef(name, tuple(shape.keys), shape.ttl_days, dict.fromkeys(shape.fields, "DOUBLE"), lake / "bench" / name)
        for name, shape in SHAPES.items()
    )
    return FeatureSet("bench", "0" * 64, tuple(views))


def bare_query(lake: Path, files: dict[str, list[str]], entities: Path) -> str:
    columns, joins = ["e.*"], []
    for name, shape in SHAPES.items():
        table = f"read_parquet({files[str(lake / 'bench' / name)]!r})"
        same = [f"e.{key} = {name}.{key}" for key in shape.keys]
        on = " and ".join([*same, f"e.event_timestamp >= {name}.event_timestamp"])
        joins.append(f"asof left join {table} {name} on {on}")
        valid = f"{name}.event_timestamp >= e.event_timestamp - interval {shape.ttl_days} day"
        columns += [f"case when {valid} then {name}.{field} end as {field}" for field in shape.fields]
    return f"select {', '.join(columns)} from '{entities}' e {' '.join(joins)}"


def run_bare(query: str, out: Path) -> None:
    with _duckdb() as database:
        database.execute(f"copy ({query}) to '{out}' (format parquet)")


def check_equal(one: Path, other: Path) -> None:
    with _duckdb() as database:
        differ = "select count(*) from (from '{}' except all from '{}')"
        counts = [database.execute(differ.format(*pair)).fetchall()[0][0] for pair in ((one, other), (other, one))]
    if any(counts):
        raise SystemExit(f"the two results differ: {counts}")
    print("all rows and columns are equal")


def write_views(lake: Path, days: int) -> dict[str, list[str]]:
    files: dict[str, list[str]] = {}
    with _duckdb() as database:
        for name, shape in SHAPES.items():
            table = lake / "bench" / name
            keys = ", ".join(f"{value} as {key}" for key, value in shape.keys.items())
            fields = ", ".join(f"hash(i, h, {n}) % 1000 / 1000 as {field}" for n, field in enumerate(shape.fields))
            database.execute(
                f"create or replace temp table made as select {keys}, {START} + interval (h) hour as event_timestamp, "
                f"{fields} from range({shape.size}) k(i), range(0, {days * 24}, {shape.hours}) t(h)"
            )
            files[str(table)] = [_write_day(database, table, day) for day in range(days)]
    return files


def _write_day(database: duckdb.DuckDBPyConnection, table: Path, day: int) -> str:
    first = f"{START} + interval {day} day"
    (date,) = database.execute(f"select strftime({first}, '%Y-%m-%d')").fetchall()[0]
    file = table / f"day={date}" / "0000000000000000.parquet"
    file.parent.mkdir(parents=True)
    rows = f"from made where event_timestamp >= {first} and event_timestamp < {first} + interval 1 day"
    database.execute(f"copy ({rows}) to '{file}' (format parquet)")
    return str(file)


def write_entities(file: Path, rows: int, days: int) -> Path:
    with _duckdb() as database:
        database.execute(
            f"copy (select i as row_id, 'o' || hash(i) % 3 as origin, 'c' || hash(i, 1) % 16 as carrier, "
            f"'t' || hash(i, 2) % 4000 as tailnum, 'd' || hash(i, 3) % 105 as dest, "
            f"{START} + interval (hash(i, 4) % {days * 1440}) minute as event_timestamp, hash(i, 5) % 5 = 0 as late "
            f"from range({rows}) t(i)) to '{file}' (format parquet)"
        )
    return file


def _duckdb() -> duckdb.DuckDBPyConnection:
    database = duckdb.connect(config={"memory_limit": "2GB", "threads": 2})
    database.execute("set TimeZone = 'UTC'")
    return database


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=336_776, help="entity rows")
    parser.add_argument("--days", type=int, default=365, help="daily partitions of each view")
    parser.add_argument("--repeats", type=int, default=5, help="counted rounds, one of each side")
    return parser.parse_args()


if __name__ == "__main__":
    main()
