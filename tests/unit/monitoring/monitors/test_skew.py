"""What a champion was given on real flights, against the feature store: unchanged, corrected, spoilt."""

from __future__ import annotations

from datetime import date

import pandas as pd

from perennial.context import Context
from perennial.estimators.fingerprint import SAMPLE
from perennial.features import online, stage
from perennial.keys import Window
from perennial.monitoring.monitors.online import online as online_store
from perennial.monitoring.monitors.skew import skew
from unit.monitoring.flown import SCORED, case, changed, revised

DAY = date(2013, 2, 2)


def warmer(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(temp=rows["temp"] + 20)


def test_what_was_logged_is_what_the_feature_store_gives_again(flown: Context) -> None:
    result = skew(case(flown))
    assert (result.verdict, result.at_fault) == ("ok", ())
    figures = result.figures
    assert (figures["days"], figures["revisions_read"], figures["corrected"]) == (len(SCORED), 1, 0)
    assert figures["rows"] > figures["again"]["rows"] == SAMPLE * len(SCORED)
    assert figures["again"]["differing"] == figures["largest"] == 0


def test_a_late_correction_is_told_and_is_no_skew(flown: Context) -> None:
    revised(flown, "weather", DAY, warmer)
    stage.build(flown, Window(DAY, DAY))
    online.materialise(flown, Window(DAY, DAY))
    result = skew(case(flown))
    assert result.verdict in ("ok", "watch")
    again, now = result.figures["again"], result.figures["now"]
    assert again["differing"] == 0
    assert now["differing"] > 25
    assert set(now["columns"]) == {"temp"}
    assert now["score"] > 0
    assert f"{result.figures['corrected']} feature partitions were corrected since" in result.why
    served = online_store(case(flown))
    assert served is not None
    assert served.verdict == "ok", "the correction went online too"


def test_values_that_changed_behind_the_ledgers_back_are_skew(flown: Context) -> None:
    changed(flown, "features/weather", DAY, warmer)
    result = skew(case(flown))
    assert result.verdict == "alarm"
    assert result.at_fault[0] == "temp"
    assert set(result.figures["again"]["columns"]) == {"temp"}
    assert result.figures["again"]["score"] > 0
    assert result.figures["corrected"] == 0


def test_published_scores_that_are_not_the_versions_are_skew(flown: Context) -> None:
    changed(flown, flown.table("predictions"), DAY, lambda rows: rows.assign(score=rows["score"] + 0.1))
    result = skew(case(flown))
    assert result.verdict == "alarm"
    assert "published scores differ by up to 0.1" in result.why
