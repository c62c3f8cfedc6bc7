"""The rules of drift as the spec writes them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from perennial.spec.drift import Confirm, Drift, Rate


def test_somebody_who_says_nothing_gets_one_false_alarm_a_year() -> None:
    rules = Drift()
    assert (rules.false_alarms.yearly, str(rules.confirm), rules.season) == (1.0, "2 of 3", 364)


def test_it_is_written_as_it_was_read() -> None:
    told = {"false_alarms": "3 per 730d", "confirm": "3 of 5", "critical": ["temp"], "season": "0d"}
    rules = Drift.model_validate(told)
    assert rules.false_alarms == Rate(alarms=3, days=730)
    assert rules.false_alarms.yearly == 1.5
    assert rules.confirm == Confirm(k=3, n=5)
    assert {name: rules.model_dump(mode="json")[name] for name in told} == told
    assert Drift.model_validate(rules.model_dump()) == rules


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"false_alarms": "1 a year"}, "such as 1 per 365d"),
        ({"false_alarms": "0 per 365d"}, "such as 1 per 365d"),
        ({"confirm": "3 of 2"}, "such as 2 of 3"),
        ({"confirm": "two"}, "such as 2 of 3"),
        ({"numeric": "wasserstein"}, "'psi'"),
        ({"columns": {"temp": "ks"}}, "'psi'"),
    ],
)
def test_a_mistake_says_what_is_expected(told: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValidationError, match=expected):
        Drift.model_validate(told)
