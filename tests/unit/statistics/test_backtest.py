"""How far estimates were off: scores whose meaning stays, and scores whose meaning changes on a day."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.statistics.backtest import FEWEST, NEWEST, Estimator, Plan, intervals, quantiles
from perennial.statistics.estimated import Prices, Rows

DAYS, PER_DAY = 120, 200
PLAN = Plan(length=14, every=7, delay=1, newest=14, fewest=500, prices=Prices(1, 1))


def rows(turns: int = DAYS, known: int = DAYS) -> Rows:
    """Give days of scores; from day `turns` on they say little, after day `known` labels are missing."""
    rng = np.random.default_rng(0)
    day = np.repeat(np.arange(DAYS), PER_DAY)
    score = rng.random(len(day))
    y = (rng.random(len(day)) < np.where(day < turns, score, 0.4 + 0.2 * score)).astype(np.float64)
    return Rows(day, score, np.where(day <= known, y, np.nan), (score > 0.5).astype(np.float64))


def test_an_estimate_without_a_label_is_close_to_what_came_true() -> None:
    blind, seeing = Estimator(rows(known=100), PLAN), Estimator(rows(), PLAN)
    guess, truth = blind.estimate(119, 19), seeing.realised(119)
    assert guess is not None
    assert truth is not None
    assert guess.auc == pytest.approx(truth.auc, abs=0.03)
    assert guess.rate == pytest.approx(truth.rate, abs=0.03)
    assert blind.realised(119) is None


def test_it_does_not_look_at_labels_that_were_not_known() -> None:
    """Labels turned round after the last known day change nothing."""
    whole = rows()
    turned = Rows(whole.day, whole.score, np.where(whole.day > 90, 1 - whole.y, whole.y), whole.decision)
    assert Estimator(whole, PLAN).estimate(110, 20) == Estimator(turned, PLAN).estimate(110, 20)
    assert Estimator(whole, PLAN).estimate(110, 1) != Estimator(turned, PLAN).estimate(110, 1)


def test_it_follows_a_change_once_labels_show_it() -> None:
    changed = Estimator(rows(turns=80), PLAN)
    before, after = changed.estimate(93, 14), changed.estimate(119, 1)
    truth = changed.realised(119)
    assert before is not None
    assert after is not None
    assert truth is not None
    assert before.auc is not None
    assert truth.auc is not None
    assert before.auc - truth.auc > 0.2
    assert after.auc == pytest.approx(truth.auc, abs=0.03)


def test_the_reach_grows_with_the_age_of_the_last_label() -> None:
    changed = Estimator(rows(turns=80), PLAN)
    reaches = [changed.reach(100, age)["auc"] for age in (1, 8, 15, 22)]
    assert reaches == sorted(reaches)
    assert reaches[-1] > 2 * reaches[0]


def test_without_a_past_no_error_is_known() -> None:
    short = Estimator(rows().between(0, 30), PLAN)
    assert short.reach(30, 1) == {}
    assert short.reach(30, 20) == {}
    assert Estimator(rows().between(0, -1), PLAN).estimate(5, 1) is None


def test_errors_are_of_the_newest_windows() -> None:
    found = Estimator(rows(), PLAN).errors(119, 1)
    assert len(found) == NEWEST
    assert Estimator(rows(), PLAN).errors(119, 1)[0] == found[0]


@given(st.lists(st.floats(-1, 1), min_size=FEWEST, max_size=40))
def test_four_of_five_new_errors_stay_under_the_quantile(errors: list[float]) -> None:
    found = quantiles([{"auc": error} for error in errors])["auc"]
    under = sum(abs(error) <= found for error in errors)
    assert under >= min(len(errors), 0.8 * (len(errors) + 1)) - 1e-9
    assert found in {abs(error) for error in errors}


def test_an_interval_needs_a_known_error() -> None:
    estimator = Estimator(rows(), PLAN)
    guess = estimator.estimate(119, 1)
    assert guess is not None
    assert intervals(guess, {}) == {}
    (found,) = intervals(guess, {"auc": 0.1}).values()
    assert (found.low, found.high) == pytest.approx((found.value - 0.1, found.value + 0.1))
