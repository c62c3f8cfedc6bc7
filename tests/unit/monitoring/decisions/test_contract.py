"""A share of quarantined rows that rises, one that does not, and when the limit will be crossed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.keys import DAY, Window
from perennial.monitoring.decisions.contract import Count, Trend, say, trends

FIRST = date(2013, 1, 1)
WINDOW = Window(date(2013, 4, 1), date(2013, 4, 14))
LIMIT = 0.05
RULE = "expect_column_values_to_not_be_null(column='temp')"


def counts(share: Callable[[date], float], rows: int = 1000) -> dict[date, Count]:
    made = {}
    for day in Window(FIRST, WINDOW.last):
        bad = round(rows * share(day))
        made[day] = Count(rows, bad, {RULE: bad} if bad else {})
    return made


def rising(days: dict[date, Count]) -> list[Trend]:
    found = trends("weather", days, WINDOW, LIMIT)
    assert found is not None
    return found


def test_a_share_that_stays_is_no_trend() -> None:
    assert rising(counts(lambda _: 0.02)) == []
    assert say([], ["weather"], []) == ("ok", "no more rows of weather break the contract than before")


def test_a_bad_day_is_no_trend() -> None:
    assert rising(counts(lambda day: 0.05 if day == WINDOW.last else 0.001)) == []


def test_a_step_under_the_limit_is_watched_and_its_rule_named() -> None:
    found = rising(counts(lambda day: 0.01 if day >= WINDOW.first else 0.001))
    assert [one.rule for one in found] == [None, RULE]
    verdict, why = say(found, ["weather"], [])
    assert verdict == "watch"
    assert "weather: quarantined are 1.00% of the rows, 0.10% at most before (limit 5%)" in why
    assert f"{RULE} is broken by 1.00%" in why


@pytest.mark.parametrize(("a_day", "verdict"), [(0.001, "watch"), (0.002, "alarm"), (0.003, "alarm")])
def test_what_will_cross_the_limit_within_a_window_is_an_alarm(a_day: float, verdict: str) -> None:
    found = rising(counts(lambda day: max(0.0, a_day * ((day - WINDOW.first).days + 1))))
    assert say(found, ["weather"], [])[0] == verdict
    if verdict == "alarm":
        crosses = WINDOW.first + (round(LIMIT / a_day) - 1) * DAY
        assert found[0].crosses is not None
        assert abs((found[0].crosses - crosses).days) <= 1
        assert f"the limit is crossed on {found[0].crosses}" in str(found[0])


def test_too_short_a_past_says_nothing() -> None:
    short = {day: one for day, one in counts(lambda _: 0.02).items() if day >= date(2013, 3, 22)}
    assert trends("weather", short, WINDOW, LIMIT) is None
    assert say([], ["weather"], ["weather"])[0] == "insufficient_data"


def test_days_without_rows_count_neither_way() -> None:
    made = counts(lambda day: 0.01 if day >= WINDOW.first else 0.001)
    gone = {day: Count(0, 0, {}) for day in list(made)[::7]}
    assert [one.rule for one in rising(made | gone)] == [None, RULE]


def test_chance_hardly_ever_rises() -> None:
    chance = np.random.default_rng(0)
    hits = 0
    for _ in range(100):
        bad = iter(chance.binomial(500, 0.01, 365))
        hits += bool(rising(counts(lambda _, bad=bad: next(bad) / 500, 500)))  # type: ignore[misc]
    assert hits <= 2


@given(st.floats(0, 1), st.floats(0, 1))
def test_fewer_bad_rows_than_before_are_no_trend(before: float, less: float) -> None:
    assert rising(counts(lambda day: before * less if day >= WINDOW.first else before)) == []
