"""The rule, the count of false alarms, and thresholds that keep to what is allowed in years they have not seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.statistics.alarms import Rule, calibrate, counted, false_alarms

NONE = np.zeros(4, dtype=bool)
RULE = Rule(2, 3, NONE)
EQUAL, ZERO = np.ones(4), np.zeros(4)


def years(seed: int, number: int = 300) -> np.ndarray:
    """Return distances of windows that overlap by half, in columns of different spread, (years, 55, 4)."""
    steps = np.random.default_rng(seed).exponential(size=(number, 56, 4))
    return (steps[:, 1:] + steps[:, :-1]) * np.array([0.01, 0.1, 1.0, 10.0])


@pytest.mark.parametrize(
    ("seen", "counts"),
    [("1", "0"), ("11", "01"), ("101", "001"), ("110", "010"), ("1001", "0000"), ("111", "011"), ("011", "001")],
)
def test_two_of_three_windows_and_the_latest(seen: str, counts: str) -> None:
    beyond = np.array([[one == "1"] for one in seen])
    assert counted(beyond, Rule(2, 3, np.zeros(1, dtype=bool)))[:, 0].tolist() == [one == "1" for one in counts]


@given(st.lists(st.booleans(), min_size=1, max_size=20), st.integers(1, 4), st.integers(0, 3))
def test_a_critical_column_counts_at_once_and_others_never_sooner(seen: list[bool], k: int, more: int) -> None:
    beyond = np.array([[one, one] for one in seen])
    found = counted(beyond, Rule(k, k + more, np.array([True, False])))
    assert found[:, 0].tolist() == seen
    assert not (found[:, 1] & ~found[:, 0]).any()


def test_an_alarm_that_goes_on_is_one() -> None:
    beyond = np.zeros((1, 55, 4))
    beyond[0, 10:20] = 1
    assert false_alarms(beyond, np.full(4, 0.5), RULE, 7) == pytest.approx(365 / 7 / 52)


@pytest.mark.parametrize(("allowed", "critical"), [(1.0, [0]), (0.5, []), (4.0, [1, 2])])
def test_thresholds_keep_what_is_allowed_in_other_years(allowed: float, critical: list[int]) -> None:
    rule = Rule(2, 3, np.isin(np.arange(4), critical))
    found = calibrate(years(0), EQUAL, ZERO, rule=rule, allowed=allowed, every=7)
    assert found.rate <= allowed
    assert false_alarms(years(1, 2_000), found.thresholds, rule, 7) == pytest.approx(allowed, rel=0.25)


def test_what_matters_more_has_a_lower_threshold() -> None:
    heavy = calibrate(years(0), np.array([1.0, 1.0, 1.0, 9.0]), ZERO, rule=RULE, allowed=1.0, every=7).thresholds
    equal = calibrate(years(0), EQUAL, ZERO, rule=RULE, allowed=1.0, every=7).thresholds
    assert heavy[3] < equal[3]
    assert (heavy[:3] > equal[:3]).all()


def test_what_does_not_matter_leaves_its_share_to_the_others() -> None:
    least = np.array([1.0, 0.0, 0.0, 0.0])
    found = calibrate(years(0), EQUAL, least, rule=RULE, allowed=1.0, every=7)
    alone = calibrate(years(0), EQUAL, ZERO, rule=RULE, allowed=1.0, every=7)
    assert found.thresholds[0] == 1.0
    assert (found.thresholds[1:] < alone.thresholds[1:]).all()


def test_columns_that_never_move_alarm_at_the_first_distance_that_matters() -> None:
    found = calibrate(np.zeros((50, 55, 4)), EQUAL, np.full(4, 0.01), rule=RULE, allowed=1.0, every=7)
    assert found.thresholds.tolist() == [0.01] * 4
    assert found.rate == 0
