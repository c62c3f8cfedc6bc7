"""How old the values behind real flights were: as on the training days, after a feed stopped, and left behind."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pandas as pd

from perennial.context import Context
from perennial.features import stage
from perennial.keys import Window
from perennial.monitoring.monitors.freshness import freshness
from perennial.monitoring.result import Result
from unit.monitoring.flown import SCORED, case, revised

STOPPED = datetime(2013, 2, 2, 12, tzinfo=UTC)


def look(ctx: Context) -> Result:
    result = freshness(case(ctx))
    assert result is not None
    return result


def test_values_as_fresh_as_on_the_training_days_are_well(flown: Context) -> None:
    result = look(flown)
    assert (result.verdict, result.at_fault) == ("ok", ())
    views = result.figures["views"]
    assert len(views) == 8
    weather = views["weather"]
    assert (weather["ttl_seconds"], len(weather["days"])) == (6 * 3600, len(SCORED))
    assert 0 < weather["age_seconds"] <= 3600, "observations come by the hour"
    aircraft = views["aircraft_delays"]["days"]["2013-02-01"]
    assert 0.2 < aircraft["expired"] / aircraft["rows"] < 0.7, "many aircraft did not land here the day before"
    assert views["aircraft"]["age_seconds"] is None, "what never expires has no age"
    assert result.figures["behind"] == {"features": 0, "online": {}}


def test_a_feed_that_stops_is_an_alarm_that_names_the_view(flown: Context) -> None:
    for day in (2, 3, 4, 5):
        revised(flown, "weather", date(2013, 2, day), before)
    stage.build(flown, Window(date(2013, 2, 2), date(2013, 2, 5)))
    result = look(flown)
    assert (result.verdict, result.at_fault) == ("alarm", ("weather",))
    assert "weather had no value for up to 100.0% of the rows on 2013-02-02, 2013-02-03, 2013-02-04" in result.why
    assert result.figures["views"]["weather"]["days"]["2013-02-01"]["expired"] == 0
    assert result.figures["behind"]["features"] == 7 * 86400, "raw days are there to 12 February"


def test_features_that_do_not_go_online_are_an_alarm_once_they_lapse(flown: Context) -> None:
    stage.build(flown, Window(date(2013, 2, 6), date(2013, 2, 8)))
    assert look(flown).verdict == "ok", "the newest window may still be on its way"
    stage.build(flown, Window(date(2013, 2, 9), date(2013, 2, 9)))
    result = look(flown)
    assert result.verdict == "alarm"
    assert {"weather", "origin_delays"} <= set(result.at_fault)
    assert "route_delays" not in result.at_fault, "its values live for thirty days"
    assert 2.5 < result.figures["behind"]["online"]["weather"] / 86400 < 3.5


def before(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["time_hour"] < STOPPED]
