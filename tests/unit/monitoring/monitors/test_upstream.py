"""The raw tables behind a champion, on real flights and weather: whole, and broken in several ways."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from perennial.context import Context
from perennial.keys import Window
from perennial.monitoring.monitors.upstream import upstream
from perennial.monitoring.result import Result
from unit.features import flights
from unit.monitoring.flown import SCORED, case, changed

BROKEN = date(2013, 2, 3)
Change = Callable[[Any], Any]


def looked(ctx: Context, column: str = "", change: Change | None = None, table: str = "weather") -> Result:
    """Break a column from a day in the window on, and look."""
    return broken(ctx, column, change, Window(BROKEN, flights.WEEKS.last), table)


def broken(ctx: Context, column: str, change: Change | None, days: Window, table: str = "weather") -> Result:
    """Break a column on some days, and look."""
    for day in days if change else ():
        changed(ctx, f"{ctx.model}/raw/{table}", day, lambda rows: rows.assign(**{column: change(_held(rows, column))}))
    found = upstream(case(ctx))
    assert found is not None
    return found


def _held(rows: pd.DataFrame, column: str) -> NDArray[np.float64]:
    return rows[column].to_numpy(dtype=np.float64)


def test_real_weeks_are_whole_and_the_columns_that_matter_are_those_that_the_script_reads(flown: Context) -> None:
    result = looked(flown)
    assert (result.verdict, result.at_fault) == ("ok", ()), result.why
    columns = result.figures["columns"]
    assert {"temp", "visib"} <= set(columns["weather"])
    assert "wind_dir" not in columns["weather"], "no feature is made of it"
    assert "dep_time" not in columns["flights"]
    assert "seats" in columns["planes"]
    assert result.figures["rows"]["weather"][str(SCORED.last)] == 72


@pytest.mark.parametrize(
    ("column", "change", "says"),
    [
        ("temp", lambda held: np.full_like(held, np.nan), "weather.temp holds nothing, since 2013-02-03"),
        ("humid", lambda held: np.full_like(held, 55.0), "weather.humid has one value in all rows, since 2013-02-03"),
        ("dewp", lambda held: np.where(np.arange(len(held)) % 2, held, np.nan), "weather.dewp is missing in more than"),
        ("wind_speed", lambda held: 1609 * held, "weather.wind_speed is on another scale"),
        ("pressure", lambda held: held / 33.86, "weather.pressure lies wholly outside of the range"),
    ],
)
def test_a_broken_column_is_named_since_when_and_who_reads_it(
    flown: Context, column: str, change: Change, says: str
) -> None:
    result = looked(flown, column, change)
    assert (result.verdict, result.at_fault) == ("alarm", (f"weather.{column}",))
    assert says in result.why
    assert result.figures["readers"] == {f"weather.{column}": ["weather"]}


def test_a_day_that_is_over_is_told_and_stops_nobody(flown: Context) -> None:
    result = broken(flown, "temp", lambda held: np.full_like(held, np.nan), Window(SCORED.last, SCORED.last))
    assert (result.verdict, result.at_fault) == ("watch", ("weather.temp",))
    assert result.why == f"weather.temp holds nothing, from {SCORED.last} to {SCORED.last}; it is whole again"


def test_a_column_that_nobody_reads_may_break(flown: Context) -> None:
    assert looked(flown, "wind_dir", lambda held: np.full_like(held, np.nan)).verdict == "ok"


def test_a_reference_table_that_came_in_empty_is_broken(flown: Context) -> None:
    planes = f"{flown.model}/raw/planes"
    (kept,) = flown.chain.history().partitions(planes).values()
    with flown.lake.staging() as staging:
        import pyarrow.parquet as pq

        rows = pq.read_table(flown.lake.path(kept), partitioning=None)
        pq.write_table(rows.slice(0, 40), staging / "planes.parquet")
        short = flown.lake.keep(planes, kept.day, staging / "planes.parquet")
    payload = {"tables": {planes: {str(short.day): short.to_dict()}}, "counts": {}, "last": str(SCORED.last)}
    assert looked(flown).verdict == "ok"
    flown.chain.record("raw.written", str(short.day), payload)
    result = looked(flown)
    assert (result.verdict, result.at_fault) == ("alarm", ("planes",))
    assert "planes has far too few rows, where 3322 were the fewest" in result.why
    assert result.figures["readers"] == {"planes": ["aircraft"]}
