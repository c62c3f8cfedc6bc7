"""What kept results mean, also of those from before a word was kept."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from perennial.ledger.verdicts import counts, days_shown


@pytest.mark.parametrize(
    ("look", "days"),
    [
        ({"window": "2013-01-01..2013-01-03", "days": ["2013-01-02"]}, [2]),
        ({"window": "2013-01-01..2013-01-03", "days": []}, []),
        ({"window": "2013-01-01..2013-01-03"}, [1, 2, 3]),
    ],
)
def test_a_look_showed_the_days_that_it_names_or_all(look: dict[str, Any], days: list[int]) -> None:
    assert list(days_shown(look)) == [date(2013, 1, day) for day in days]


@pytest.mark.parametrize(
    ("gate", "can_stop"),
    [
        ({"mode": "enforce", "waiver": None}, True),
        ({}, True),
        ({"mode": "report"}, False),
        ({"mode": "enforce", "waiver": "a" * 64}, False),
    ],
)
def test_a_gate_that_is_reported_or_waived_stops_nothing(gate: dict[str, Any], *, can_stop: bool) -> None:
    assert counts(gate) is can_stop
