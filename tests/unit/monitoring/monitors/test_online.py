"""What the online store answers on real flights: as offline, spoilt, and brought online again."""

from __future__ import annotations

import pandas as pd

from perennial.context import Context
from perennial.features.online import materialise
from perennial.keys import Window
from perennial.monitoring.monitors.online import online
from perennial.monitoring.monitors.skew import skew
from perennial.monitoring.result import Result
from unit.monitoring.flown import BUILT, case, changed

NEWEST = Window(BUILT.last, BUILT.last)


def look(ctx: Context) -> Result:
    result = online(case(ctx))
    assert result is not None
    return result


def test_what_is_online_is_what_is_offline(flown: Context) -> None:
    result = look(flown)
    assert (result.verdict, result.at_fault) == ("ok", ())
    assert sum(result.figures["asked"].values()) > 500
    assert result.figures["differing"] == {}


def test_other_values_online_are_an_alarm_and_no_skew_until_they_are_brought_online_again(flown: Context) -> None:
    changed(flown, "features/weather", BUILT.last, lambda rows: warmer(rows, 20))
    materialise(flown, NEWEST)
    changed(flown, "features/weather", BUILT.last, lambda rows: warmer(rows, -20))
    result = look(flown)
    assert (result.verdict, result.at_fault) == ("alarm", ("weather",))
    assert result.figures["differing"]["weather"] == result.figures["asked"]["weather"]
    assert skew(case(flown)).verdict == "ok", "scoring does not read it"
    materialise(flown, NEWEST)
    assert look(flown).verdict == "ok"


def warmer(rows: pd.DataFrame, by: float) -> pd.DataFrame:
    return rows.assign(temp=rows["temp"] + by)
