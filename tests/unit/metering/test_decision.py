"""A budget warns, stops, or lets be; nothing but its share of time and amount decides."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.metering.decision import over_budget, shares
from perennial.settings import PROJECT
from perennial.spec import Spec, load_spec
from perennial.spec.compute import Compute
from unit.metering.told import FIRST, cost, history

FLIGHTS = load_spec(PROJECT / "include" / "models" / "flight_delay" / "model.yaml")


def spec(**compute: object) -> Spec:
    return FLIGHTS.model_copy(update={"compute": Compute(**compute)})


def hours(*each: float, day: int = 0, kg: float = 0.0) -> object:
    return history(*(cost(day=day, cpu_seconds=one * 3600, kg_co2e=kg) for one in each))


def stops(told: object, rules: Spec, days: int = 0) -> str | None:
    return over_budget(told, rules, FIRST + timedelta(days=days))


@pytest.mark.parametrize(
    ("used", "verdict"),
    [(0.0, "within"), (7.9, "within"), (8.0, "near"), (9.99, "near"), (10.0, "exceeded"), (25.0, "exceeded")],
)
def test_from_four_fifths_on_it_is_near_and_at_the_whole_it_is_spent(used: float, verdict: str) -> None:
    (share,) = shares(hours(used), Compute(cpu="10h per 30d"), FIRST)
    assert share.verdict == verdict
    assert (stops(hours(used), spec(cpu="10h per 30d", exceeded="stop")) is not None) == (verdict == "exceeded")
    assert stops(hours(used), spec(cpu="10h per 30d", exceeded="warn")) is None


def test_what_stops_is_said_in_the_same_words_however_much_is_spent() -> None:
    rules = spec(cpu="10h per 30d", carbon="0.5kg per 365d", exceeded="stop")
    both = "the budget for computing is spent: cpu 10h per 30d, carbon 0.5kg per 365d"
    assert stops(hours(4, 7.2, kg=0.4), rules) == stops(hours(4, 99, kg=9.9), rules) == both
    assert stops(hours(1, 1, kg=0.4), rules) == "the budget for computing is spent: carbon 0.5kg per 365d"


def test_a_share_says_by_how_much() -> None:
    found = shares(hours(4, 7.2, kg=0.2), Compute(cpu="10h per 30d", carbon="0.5kg per 365d"), FIRST)
    assert list(map(str, found)) == ["cpu 11.2h of 10h per 30d, 112%", "carbon 0.4kg of 0.5kg per 365d, 80%"]


def test_without_a_budget_nothing_is_too_much() -> None:
    assert shares(hours(1e9), Compute(), FIRST) == []
    assert stops(hours(1e9), FLIGHTS) is None
    assert stops(hours(1e9), spec(exceeded="stop")) is None


def test_what_is_older_than_the_budgets_days_makes_room_again() -> None:
    rules = spec(cpu="10h per 30d", exceeded="stop")
    assert stops(hours(11), rules, days=29)
    assert not stops(hours(11), rules, days=30)


@given(st.lists(st.floats(0, 100), max_size=8), st.floats(0, 100), st.integers(1, 50), st.integers(1, 50))
def test_more_work_never_makes_room_and_a_larger_budget_never_takes_any(
    used: list[float], more: float, amount: int, extra: int
) -> None:
    small, large = (spec(cpu=f"{hours_}h per 30d", exceeded="stop") for hours_ in (amount, amount + extra))
    if stops(hours(*used), small):
        assert stops(hours(*used, more), small)
    if stops(hours(*used), large):
        assert stops(hours(*used), small)


@pytest.mark.parametrize(
    "wrong", ["10h", "0h per 30d", "10h per 0d", "10 per 30d", "10kg per 30d", "-1h per 30d", "1e3h per 30d", 10]
)
def test_a_budget_that_is_none_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="such as 10h per 30d"):
        Compute(cpu=wrong)


def test_a_budget_is_written_as_it_is_read() -> None:
    told = {"cpu": "1.5h per 7d", "carbon": "5kg per 365d", "exceeded": "stop", "price_per_cpu_hour": 0.05}
    assert Compute(**told).model_dump(mode="json") == told
