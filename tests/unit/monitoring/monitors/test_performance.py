"""Performance of a model of January to April on real flights: fortnights that are alike, and some that are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from perennial.monitoring.monitors.performance import performance
from perennial.monitoring.result import Result
from perennial.statistics.ranking import auc
from unit.monitoring.served import AUTUMN, HOLDOUT, QUIET, SUMMER, Served, during, flights


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Served:
    found = Served.at(tmp_path_factory.mktemp("flights"), "flights")
    found.champion(during(flights(), HOLDOUT))
    for window in (QUIET, SUMMER, AUTUMN):
        found.serve(during(flights(), window))
    return found


@pytest.fixture
def served(kept: Served) -> Served:
    """Give a memory of its own: what a test tells is forgotten after it."""
    own = replace(kept, told=list(kept.told))
    own.today(AUTUMN.last + timedelta(days=1))
    return own


def test_a_fortnight_like_validation_is_no_alarm(served: Served) -> None:
    found = performance(served.case(QUIET))
    assert found.verdict in {"ok", "watch"}
    assert found.figures["lost"] == []
    assert found.figures["maturity"] == "matured"
    assert found.figures["share"] == 1.0


def test_lost_ranking_is_an_alarm_that_says_by_how_much(served: Served) -> None:
    found = performance(served.case(AUTUMN))
    assert found.verdict == "alarm"
    assert "quality" in found.figures["lost"]
    answer = found.figures["answers"]["quality"]
    assert answer["interval"]["low"] > 0
    assert answer["interval"]["value"] > answer["limit"]
    assert "below the" in found.why


def test_a_season_with_more_late_flights_is_lost_calibration_while_quality_holds(served: Served) -> None:
    found = performance(served.case(SUMMER))
    assert found.verdict == "alarm"
    assert found.figures["lost"] == ["calibration"]
    assert found.figures["answers"]["label_rate"]["counts"]
    assert found.at_fault[0] == "calibration"


def test_it_is_the_same_twice(served: Served) -> None:
    assert performance(served.case(QUIET)) == performance(served.case(QUIET))


def test_early_says_when_labels_mature_and_judges_nothing(kept: Served) -> None:
    early = replace(kept, told=list(kept.told))
    early.today(AUTUMN.last)
    found = performance(early.case(AUTUMN))
    assert (found.verdict, found.figures["maturity"]) == ("insufficient_data", "early")
    assert "labels mature on 2013-10-01" in found.why
    assert "quality" not in found.figures


def test_labels_that_are_not_known_yet_are_missing_not_wrong(served: Served) -> None:
    rows = during(flights(), QUIET)
    late = rows["id"].str[-1].isin(list("01"))
    known = pd.Timestamp("2013-05-27", tz="UTC")
    served.examples(rows.assign(label_time=late.map({True: pd.Timestamp("2013-12-01", tz="UTC"), False: known})))
    figures = performance(served.case(QUIET)).figures
    assert (figures["rows"], figures["labelled"]) == (len(rows), int((~late).sum()))
    assert figures["share"] == pytest.approx(0.8, abs=0.02)


def test_each_version_of_the_window_has_its_figures_the_champion_first(served: Served) -> None:
    rows = during(flights(), QUIET)
    mine = rows["id"].str[-1].isin(list("0123456"))
    mixed = rows.assign(version=mine.map({True: "flights:v1", False: "flights:v0"}))
    served.predictions(mixed)
    found = performance(served.case(QUIET))
    assert list(found.figures["versions"]) == ["v1", "v0"]
    assert found.figures["labelled"] == found.figures["versions"]["v1"]["labelled"] == int(mine.sum())
    other = auc(rows["y"][~mine], rows["score"][~mine])
    assert found.figures["versions"]["v0"]["quality"]["value"] == pytest.approx(other)


def test_a_slice_that_the_model_no_longer_knows_is_named_and_watched(served: Served) -> None:
    rows = during(flights(), QUIET)
    struck = rows["carrier"] == "UA"
    served.predictions(rows.assign(score=rows["score"].where(~struck, 0.9 - rows["score"] / 2)))
    found: Result = performance(served.case(QUIET))
    lost = [one["name"] for one in found.figures["slices"]["judged"] if one["lost"]]
    assert "UA" in lost
    assert "carrier=UA" in found.at_fault
    assert "carrier=UA" in found.why
    assert any(name.startswith("carrier=") for name in found.figures["slices"]["small"])
