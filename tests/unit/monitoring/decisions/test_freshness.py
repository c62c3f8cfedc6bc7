"""A view is stale by what training days showed and by its time to live; what lags and still lives is watched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from perennial.monitoring.decisions.freshness import MARGIN, Ages, Asked, Lag, judge, quantile

FIRST = date(2013, 1, 1)
ROWS = 1000
HOUR = 3600.0


def days(missing: Sequence[int], age: float | None = HOUR) -> list[Asked]:
    return [Asked(FIRST + timedelta(days=n), ROWS, count, 0, age) for n, count in enumerate(missing)]


def view(
    missing: Sequence[int], usual: Sequence[int] = (10,) * 40, *, age: float = HOUR, ttl: float = 6 * HOUR
) -> Ages:
    return Ages("weather", ttl, days(missing, age), days(usual))


def test_as_on_the_training_days() -> None:
    verdict, why, at_fault = judge([view([10] * 14)], Lag())
    assert (verdict, at_fault) == ("ok", ())
    assert why == "values of 1 views were as fresh as on the training days"


@given(worst=st.integers(0, ROWS))
def test_one_day_far_above_the_training_days_is_an_alarm(worst: int) -> None:
    verdict, why, at_fault = judge([view([10] * 13 + [worst])], Lag())
    stale = worst / ROWS > 10 / ROWS + MARGIN
    assert verdict == ("alarm" if stale else "ok")
    assert at_fault == (("weather",) if stale else ())
    assert ("2013-01-14" in why) == stale


def test_the_first_days_of_a_source_do_not_make_everything_usual() -> None:
    assert judge([view([500], usual=[ROWS] + [10] * 39)], Lag())[0] == "alarm"


def test_a_view_that_always_misses_a_lot_may() -> None:
    assert judge([view([500], usual=[450] * 40)], Lag())[0] == "ok"


def test_values_that_are_older_than_usual_are_watched() -> None:
    verdict, why, at_fault = judge([view([10] * 14, age=5 * HOUR)], Lag())
    assert (verdict, at_fault) == ("watch", ("weather",))
    assert why == "weather: values are 5.0 h old, on training days up to 1.0 h"


@given(late=st.floats(1, 48 * HOUR))
def test_what_is_online_may_lag_as_long_as_it_lives(late: float) -> None:
    verdict, _, at_fault = judge([view([10])], Lag(online={"weather": late}))
    assert verdict == ("alarm" if late > 6 * HOUR else "watch")
    assert at_fault == ("weather",)


def test_what_never_expires_may_lag_a_day() -> None:
    forever = view([10], ttl=0)
    assert judge([forever], Lag(online={"weather": 23 * HOUR}))[0] == "watch"
    assert judge([forever], Lag(online={"weather": 25 * HOUR}))[0] == "alarm"


def test_features_behind_the_raw_data_are_watched() -> None:
    assert judge([view([10])], Lag(features=3 * 24 * HOUR))[:2] == ("watch", "features are 3 days behind the raw data")


def test_without_questions_or_training_days_nothing_is_said() -> None:
    assert judge([view([])], Lag())[0] == "insufficient_data"
    assert judge([view([ROWS], usual=[])], Lag())[0] == "insufficient_data"


@given(values=st.lists(st.floats(0, 1), min_size=1), share=st.floats(0.01, 1))
def test_a_quantile_is_not_exceeded_by_that_share(values: list[float], share: float) -> None:
    found = quantile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
