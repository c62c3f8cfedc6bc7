"""Decisions about census people: a month like the one of validation, and one in which other women ask."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from perennial.estimators.predict import predict
from perennial.keys import DAY, Window
from perennial.monitoring.monitors.fairness import fairness
from perennial.statistics.fairness import count, gap
from unit.monitoring.served import Served
from unit.validation.real import DAYS, PROTECTED, ROWS, fitted, people

HALVES = Window(DAYS[0], DAYS[9]), Window(DAYS[10], DAYS[19])
AWAY = Window(DAYS[19] + DAY, DAYS[19] + 10 * DAY)


@cache
def decided() -> pd.DataFrame:
    """Decide with a threshold for women and one for men, such that as many of both are chosen."""
    rows = people().tail(ROWS).reset_index(drop=True)
    rows["score"] = predict(fitted("people")[0], rows)
    first = rows["day"] <= HALVES[0].last
    cuts = {sex: float(np.quantile(part["score"], 0.93)) for sex, part in rows[first].groupby("sex")}
    return rows.assign(decision=(rows["score"] >= rows["sex"].map(cuts)).astype(float))


def parity(rows: pd.DataFrame) -> dict[str, object]:
    """Return what the gate of validation says of sex."""
    groups = pd.factorize(rows["sex"], sort=True)[0]
    y, decision = (rows[name].to_numpy(dtype=np.int64) for name in ("y", "decision"))
    found = gap("demographic_parity", count(groups, y, decision, 2)).interval
    return {"name": "demographic_parity:sex", "value": found.value, "low": found.low, "high": found.high}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Served:
    found, rows = Served.at(tmp_path_factory.mktemp("people"), "people"), decided()
    before = rows[rows["day"] <= HALVES[0].last]
    found.champion(before, gates=[parity(before)])
    after = rows[rows["day"] > HALVES[0].last]
    found.serve(after)
    away = after.assign(day=[day + 10 * DAY for day in after["day"]], id="again-" + after["id"])
    unmarried = away["filer_status"].isin(["Single", "Nonfiler"])
    found.serve(away[unmarried | (away["sex"] == "Male")])
    return found


@pytest.fixture
def served(kept: Served) -> Served:
    own = replace(kept, told=list(kept.told))
    own.today(AWAY.last + DAY)
    return own


def test_people_like_those_of_validation_are_no_alarm(served: Served) -> None:
    found = fairness(served.case(HALVES[1]))
    assert found is not None
    sex = found.figures["attributes"][0]
    assert (sex["attribute"], sex["verdict"], sex["beyond"]) == ("sex", "ok", False)
    assert found.verdict != "alarm"
    assert {one["name"] for one in sex["groups"]} == {"Female", "Male"}


def test_when_unmarried_women_ask_hardly_any_woman_is_chosen(served: Served) -> None:
    found = fairness(served.case(AWAY))
    assert found is not None
    assert found.verdict == "alarm"
    assert found.at_fault == ("sex=Female", "sex=Male")
    assert "demographic_parity of sex" in found.why
    sex = found.figures["attributes"][0]
    assert sex["now"]["high"] < 0.8 < sex["then"]["low"]


def test_what_validation_could_not_say_is_watched_not_an_alarm(served: Served) -> None:
    """Of the other attributes the verdict says nothing; the young hardly earn, so they are far apart."""
    found = fairness(served.case(HALVES[1]))
    assert found is not None
    verdicts = {one["attribute"]: one["verdict"] for one in found.figures["attributes"]}
    assert list(verdicts) == PROTECTED
    assert verdicts["age_band"] == "watch"
    assert found.verdict == "watch"


def test_it_waits_for_labels_and_rows(served: Served) -> None:
    early = replace(served, told=served.told[:-1])
    early.today(AWAY.last)
    waiting = fairness(early.case(AWAY))
    assert waiting is not None
    assert (waiting.verdict, waiting.figures["maturity"]) == ("insufficient_data", "early")
    few = fairness(served.case(Window(AWAY.first, AWAY.first + DAY)))
    assert few is not None
    assert few.verdict == "insufficient_data"
    assert "2000 are needed" in few.why


def test_it_does_not_apply_where_nobody_is_protected(served: Served) -> None:
    case = served.case(AWAY)
    nobody = replace(case.ctx, spec=case.spec.model_copy(update={"protected": {}}))
    assert fairness(replace(case, ctx=nobody)) is None
