"""A holdout is fresh when no day of it was looked at for an earlier candidate."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.keys import DAY, Window
from perennial.validation.freshness import fresh_holdout, seen_before
from unit.validation.told import history, look

HOLDOUT = Window(date(2013, 3, 18), date(2013, 3, 31))
FIT = Window(date(2013, 1, 1), date(2013, 3, 17))


def test_nobody_looked_is_fresh() -> None:
    result = fresh_holdout(seen_before(history(), 1, HOLDOUT), FIT, HOLDOUT)
    assert (result.verdict, result.value, result.why) == ("pass", 0.0, "14 days, none looked at before")


def test_looking_again_for_the_same_candidate_is_fresh() -> None:
    told = history(look(1, str(HOLDOUT)), look(1, str(HOLDOUT)))
    assert not seen_before(told, 1, HOLDOUT)


@pytest.mark.parametrize(
    ("window", "days"), [("2013-03-31..2013-04-13", 1), ("2013-03-01..2013-03-18", 1), (str(HOLDOUT), 14)]
)
def test_one_shared_day_with_an_earlier_candidate_is_enough(window: str, days: int) -> None:
    told = history(look(1, window), look(2, str(HOLDOUT)))
    result = fresh_holdout(seen_before(told, 2, HOLDOUT), FIT, HOLDOUT)
    assert (result.verdict, result.value) == ("fail", float(days))
    assert result.why == f"{days} of 14 days were looked at for v1"


def test_neighbouring_days_do_not_count() -> None:
    told = history(look(1, "2013-03-04..2013-03-17"), look(2, "2013-04-01..2013-04-14"))
    assert not seen_before(told, 3, HOLDOUT)


def test_a_later_candidate_does_not_spoil_an_earlier_one() -> None:
    told = history(look(1, str(HOLDOUT)), look(2, str(HOLDOUT)))
    assert not seen_before(told, 1, HOLDOUT)
    assert set(seen_before(told, 2, HOLDOUT).values()) == {1}


def test_the_look_counts_not_the_number_of_the_version() -> None:
    told = history(look(2, str(HOLDOUT)), look(1, str(HOLDOUT)))
    assert set(seen_before(told, 1, HOLDOUT).values()) == {2}
    assert not seen_before(told, 2, HOLDOUT)


def test_a_day_the_candidate_was_fitted_on_is_not_fresh() -> None:
    result = fresh_holdout({}, Window(FIT.first, HOLDOUT.first), HOLDOUT)
    assert (result.verdict, result.value) == ("fail", 1.0)
    assert "fitted on 1 of its 14 days" in result.why


@given(st.integers(-40, 40), st.integers(1, 30))
def test_what_was_seen_are_exactly_the_shared_days(shift: int, length: int) -> None:
    other = Window.ending(HOLDOUT.last + shift * DAY, length)
    seen = seen_before(history(look(7, str(other)), look(8, str(HOLDOUT))), 8, HOLDOUT)
    assert set(seen) == set(other) & set(HOLDOUT)


def test_looking_at_a_day_without_rows_uses_nothing_up() -> None:
    type_, key, payload = look(1, str(HOLDOUT))
    told = history((type_, key, {**payload, "days": [str(HOLDOUT.first)]}))
    assert seen_before(told, 2, HOLDOUT) == {HOLDOUT.first: 1}
    assert not seen_before(told, 2, Window(HOLDOUT.first + timedelta(days=1), HOLDOUT.last))
