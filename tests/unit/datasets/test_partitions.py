"""Which days a question reaches back to, and what is said when they are not there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.datasets.partitions import chosen, reach, some
from perennial.errors import HistoryIncomplete
from perennial.keys import DAY, Window, start_of
from perennial.lake.partitions import Partition

SPAN = Window(date(2020, 1, 1), date(2020, 3, 31))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last", "ttl", "days"),
    [
        ("2020-02-10 10:00", "2020-02-12 10:00", timedelta(hours=6), "2020-02-10..2020-02-12"),
        ("2020-02-10 05:59", "2020-02-12 10:00", timedelta(hours=6), "2020-02-09..2020-02-12"),
        ("2020-02-10 06:00", "2020-02-12 10:00", timedelta(hours=6), "2020-02-10..2020-02-12"),
        ("2020-01-02 10:00", "2020-01-03 10:00", timedelta(days=30), "2020-01-01..2020-01-03"),
        ("2020-02-10 10:00", "2020-02-12 10:00", timedelta(), "2020-01-01..2020-02-12"),
        ("2019-12-31 22:00", "2020-01-01 10:00", timedelta(hours=1), "2020-01-01"),
        ("2020-03-31 22:00", "2020-04-02 10:00", timedelta(hours=1), "2020-03-31"),
    ],
)
def test_a_question_reaches_back_as_far_as_values_live(first: str, last: str, ttl: timedelta, days: str) -> None:
    assert str(reach((at(first), at(last)), ttl, SPAN)) == days


def test_nothing_was_known_before_the_source() -> None:
    assert reach((at("2019-12-30 00:00"), at("2019-12-31 23:59")), timedelta(), SPAN) is None


MOMENTS = st.integers(-30 * 24 * 60, 119 * 24 * 60).map(lambda minutes: SPAN.start + timedelta(minutes=minutes))


@given(
    MOMENTS,
    MOMENTS,
    st.timedeltas(timedelta(seconds=1), timedelta(days=40)),
    MOMENTS.filter(lambda moment: moment < SPAN.end),
)
def test_no_value_that_may_answer_lies_outside(a: datetime, b: datetime, ttl: timedelta, value: datetime) -> None:
    """A value stands on its UTC day, or on the source's first; it may answer from first - ttl to last."""
    asked = (min(a, b), max(a, b))
    if asked[0] - ttl <= value <= asked[1] and asked[1] >= SPAN.start:
        days = reach(asked, ttl, SPAN)
        assert days is not None
        assert max(value.date(), SPAN.first) in days


def partition(day: date) -> Partition:
    return Partition("m/t", day, "a" * 64, 1)


def test_days_that_are_there_are_chosen_in_order() -> None:
    days = Window(date(2020, 1, 3), date(2020, 1, 5))
    have = {day: partition(day) for day in reversed(list(SPAN))}
    assert [one.day for one in chosen("m", "t", have, days)] == list(days)


def test_days_that_are_not_there_are_named_with_the_command_that_makes_them() -> None:
    days = Window(date(2020, 1, 3), date(2020, 1, 9))
    with pytest.raises(HistoryIncomplete) as raised:
        chosen("m", "m/t", {day: partition(day) for day in (days.first, days.last)}, days)
    assert raised.value.found == "none for 2020-01-04, 2020-01-05, 2020-01-06 and 2 more"
    assert raised.value.next_command == "perennial run m features --key 2020-01-04..2020-01-08"


def test_a_few_days_are_written_whole() -> None:
    assert some([SPAN.first, SPAN.first + DAY]) == "2020-01-01, 2020-01-02"
    assert start_of(SPAN.first) == SPAN.start
