"""Every gate passes once, fails once, and says so when the data decide nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.policy import Limit
from perennial.spec.model import GateName
from perennial.statistics.resampling import Interval
from perennial.validation.figures import Measured, Unknown
from perennial.validation.gates import GATES, distance, gate, judge_estimate

GOOD = Measured(
    rows=5_000,
    auc=Interval(0.72, 0.70, 0.74),
    calibration=Interval(0.01, -0.02, 0.04),
    baseline=Interval(0.02, 0.01, 0.03),
    champion=Interval(0.03, 0.02, 0.04),
    compared=5_000,
    probed=500,
    mismatches=0,
)
LIMITS = {
    "auc": Limit(limit=0.65, passes="above"),
    "baseline": Limit(limit=0.0, passes="above"),
    "champion": Limit(limit=0.0, passes="above"),
    "calibration": Limit(limit=0.1, passes="below"),
    "smoke_test": Limit(limit=0.0, passes="below"),
}
BAD: dict[str, dict[str, Any]] = {
    "auc": {"auc": Interval(0.66, 0.64, 0.68)},
    "baseline": {"baseline": Interval(0.01, -0.001, 0.02)},
    "champion": {"champion": Interval(-0.003, -0.013, 0.008)},
    "calibration": {"calibration": Interval(-0.08, -0.12, -0.04)},
    "smoke_test": {"mismatches": 1},
}
UNDECIDED: dict[str, dict[str, Any]] = {
    "auc": {"auc": Unknown("AUC needs both classes")},
    "baseline": {"baseline": Unknown("expected at least two blocks")},
    "champion": {"champion": Unknown("none of these rows")},
    "calibration": {"calibration": Unknown("expected at least two blocks")},
    "smoke_test": {"probed": 0},
}


def run(name: str, measured: Measured, min_rows: int = 1_000) -> Any:
    return GATES[name](measured, LIMITS[name], min_rows)


def test_a_policy_may_name_exactly_the_gates_there_are() -> None:
    assert set(GATES) == set(get_args(GateName)) == set(LIMITS)


@pytest.mark.parametrize("name", GATES)
def test_a_gate_passes(name: str) -> None:
    result = run(name, GOOD)
    assert (result.name, result.verdict, result.limit) == (name, "pass", LIMITS[name].limit)


@pytest.mark.parametrize("name", GATES)
def test_a_gate_fails(name: str) -> None:
    result = run(name, replace(GOOD, **BAD[name]))
    assert (result.name, result.verdict) == (name, "fail")
    assert result.why


@pytest.mark.parametrize("name", GATES)
def test_a_gate_that_cannot_decide_says_why(name: str) -> None:
    result = run(name, replace(GOOD, **UNDECIDED[name]))
    assert result.verdict == "insufficient_data"
    assert result.why


@pytest.mark.parametrize("name", sorted(set(GATES) - {"smoke_test"}))
def test_an_estimate_of_few_rows_decides_nothing_however_good_or_bad(name: str) -> None:
    for measured in (GOOD, replace(GOOD, **BAD[name])):
        result = run(name, replace(measured, rows=999, compared=999))
        assert (result.verdict, result.why) == ("insufficient_data", "999 labelled rows, 1000 are needed")
        assert result.value is not None


def test_the_smoke_test_counts_rows_however_few() -> None:
    assert run("smoke_test", replace(GOOD, probed=3, rows=3)).verdict == "pass"
    found = run("smoke_test", replace(GOOD, probed=3, mismatches=2))
    assert (found.value, found.why) == (2.0, "2 of 3 rows differ in a clean process")


def test_without_a_champion_there_is_nothing_to_lose_against() -> None:
    result = run("champion", replace(GOOD, champion=None, compared=0))
    assert (result.verdict, result.why, result.value) == ("pass", "no champion yet", None)


def test_only_rows_that_both_versions_have_are_compared() -> None:
    assert run("champion", replace(GOOD, compared=10)).verdict == "insufficient_data"


def test_the_cautious_end_decides_not_the_value() -> None:
    limit = Limit(limit=0.65, passes="above")
    assert judge_estimate("auc", Interval(0.70, 0.6499, 0.75), 10, limit, 1).verdict == "fail"
    assert judge_estimate("auc", Interval(0.66, 0.65, 0.67), 10, limit, 1).verdict == "pass"


def test_a_name_is_registered_once() -> None:
    with pytest.raises(ValueError, match="auc"):
        gate("auc")(lambda *_: pytest.fail("never called"))


ends = st.floats(-1, 1, allow_nan=False)


@given(ends, ends, ends)
def test_the_size_of_a_difference_keeps_the_far_end(a: float, b: float, c: float) -> None:
    low, value, high = sorted((a, b, c))
    folded = distance(Interval(value, low, high))
    assert isinstance(folded, Interval)
    assert folded.low <= folded.value <= folded.high == max(abs(low), abs(high))
    assert (folded.low == 0) == (low <= 0 <= high)


@given(ends, st.floats(0, 0.5), ends)
def test_a_tighter_limit_never_passes_what_a_looser_one_stops(value: float, width: float, limit: float) -> None:
    found = Interval(value, value - width, value + width)
    for passes, tighter in (("above", limit + 0.1), ("below", limit - 0.1)):
        loose, tight = Limit(limit=limit, passes=passes), Limit(limit=tighter, passes=passes)
        if judge_estimate("x", found, 10, loose, 1).verdict == "fail":
            assert judge_estimate("x", found, 10, tight, 1).verdict == "fail"
