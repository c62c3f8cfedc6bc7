"""Performance before labels, on real flights: a spring that nobody knows the end of, and an autumn that differs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from perennial.keys import DAY, Window
from perennial.monitoring.monitors.estimate import estimate
from perennial.monitoring.monitors.performance import performance
from perennial.monitoring.result import Result
from unit.monitoring.served import AUTUMN, HOLDOUT, QUIET, Served, during, flights

LIFE = Window(HOLDOUT.last + DAY, AUTUMN.last)
JULY = Window(date(2013, 7, 8), date(2013, 7, 21))
AUGUST = Window(date(2013, 8, 5), date(2013, 8, 18))
SEPTEMBER = Window(date(2013, 9, 2), date(2013, 9, 15))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Served:
    found = Served.at(tmp_path_factory.mktemp("flights"), "flights")
    found.champion(during(flights(), HOLDOUT))
    found.serve(during(flights(), LIFE))
    return found


def seen(kept: Served, window: Window, on: date, more: float = 0.0) -> Result:
    """Look at a window at the end of a day; the reference is as much better as asked."""
    own = replace(kept, told=list(kept.told))
    own.today(on)
    case = own.case(window)
    quality = {name: value + more * (name != "level") for name, value in case.verdict["reference"]["quality"].items()}
    found = estimate(replace(case, verdict={**case.verdict, "reference": {"quality": quality}}))
    assert found is not None
    return found


def test_before_labels_it_holds_where_performance_does(kept: Served) -> None:
    found = seen(kept, JULY, JULY.last)
    assert found.verdict == "ok"
    assert (found.figures["maturity"], found.figures["realised"], found.figures["age"]) == ("early", None, 1)
    assert set(found.figures["intervals"]) == {"auc", "rate", "cost"}


def test_when_labels_came_they_stand_beside_it(kept: Served) -> None:
    early, late = seen(kept, JULY, JULY.last), seen(kept, JULY, JULY.last + DAY)
    assert late.figures["estimate"] == early.figures["estimate"]
    assert (late.verdict, late.figures["maturity"]) == ("ok", "matured")
    interval = early.figures["intervals"]["auc"]
    assert interval["low"] <= late.figures["realised"]["auc"] <= interval["high"]
    assert "labels came" in late.why


def test_a_loss_beyond_its_own_error_is_watched_and_a_smaller_one_decides_nothing(kept: Served) -> None:
    """For a version that ranked that much better at validation."""
    lost = seen(kept, AUGUST, AUGUST.last, more=0.05)
    assert (lost.verdict, lost.at_fault) == ("watch", ("auc",))
    unsure = seen(kept, SEPTEMBER, SEPTEMBER.last, more=0.05)
    assert (unsure.verdict, unsure.at_fault) == ("insufficient_data", ())
    assert "such estimates are off by" in unsure.why


def test_the_older_the_labels_the_wider_the_interval(kept: Served) -> None:
    def width(age: int) -> float:
        own = replace(kept, told=list(kept.told))
        rows = during(flights(), LIFE)
        unknown = rows["day"] > JULY.last - age * DAY
        own.examples(rows[unknown].assign(y=None))
        found = seen(own, JULY, JULY.last)
        assert found.figures["age"] == age
        interval = found.figures["intervals"]["auc"]
        return float(interval["high"] - interval["low"])

    widths = [width(age) for age in (1, 8, 15)]
    assert widths == sorted(widths)
    assert widths[-1] > widths[0]


def test_without_a_past_it_says_so(kept: Served) -> None:
    first = Window(LIFE.first, LIFE.first + 13 * DAY)
    found = seen(kept, first, first.last)
    assert found.verdict == "insufficient_data"
    assert "windows to tell by" in found.why
    assert np.isfinite(found.figures["estimate"]["auc"])


def test_a_window_in_which_nobody_asked_is_no_fault_of_the_monitor(tmp_path: Path) -> None:
    own = Served.at(tmp_path / "o'neil", "flights")
    own.champion(during(flights(), HOLDOUT))
    own.idle(during(flights(), QUIET))
    own.today(QUIET.last + DAY)
    case = own.case(QUIET)
    found, now = estimate(case), performance(case)
    assert found is not None
    assert (found.verdict, now.verdict) == ("insufficient_data", "insufficient_data")
    assert found.figures["labelled_until"] == str(HOLDOUT.last)


def test_where_a_number_is_predicted_it_does_not_apply(kept: Served) -> None:
    own = replace(kept, told=list(kept.told))
    own.today(LIFE.last + timedelta(days=1))
    case = own.case(JULY)
    train = case.spec.train.model_copy(update={"estimator": "sklearn.ensemble.HistGradientBoostingRegressor"})
    ctx = replace(case.ctx, spec=case.spec.model_copy(update={"train": train}))
    assert estimate(replace(case, ctx=ctx)) is None
