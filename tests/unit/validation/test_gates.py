"""Every gate on figures alone passes once, fails once, and says so when the data decide nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.spec.gates import GateName
from perennial.statistics.resampling import Interval
from perennial.validation.gates import GATES
from perennial.validation.gates.calibration import distance
from perennial.validation.gates.registry import gate, judge_estimate, judge_number
from perennial.validation.judgement import families
from perennial.validation.measures import MEASURES
from unit.validation.figures import BAD, GOOD, TIERS, UNDECIDED, changed, flights, rule, run
from unit.validation.test_judgement import whole_policy


def test_a_policy_may_name_exactly_the_gates_there_are() -> None:
    assert set(GATES) == set(get_args(GateName))


@pytest.mark.parametrize("tier", TIERS)
def test_every_gate_of_a_policy_exists_and_its_figures_are_measured(tier: str) -> None:
    assert set(families(whole_policy(tier), flights())) <= set(MEASURES)


@pytest.mark.parametrize("name", BAD)
def test_a_gate_passes(name: str) -> None:
    result = run(name, GOOD)
    assert (result.name, result.verdict, result.mode) == (name, "pass", "enforce")


@pytest.mark.parametrize("name", BAD)
def test_a_gate_fails(name: str) -> None:
    result = run(name, changed(name, BAD[name]))
    assert (result.name, result.verdict) == (name, "fail")
    assert result.why


@pytest.mark.parametrize("name", UNDECIDED)
def test_a_gate_that_cannot_decide_says_why(name: str) -> None:
    result = run(name, changed(name, UNDECIDED[name]))
    assert result.verdict == "insufficient_data"
    assert result.why


@pytest.mark.parametrize("name", sorted(set(BAD) - {"smoke_test"}))
def test_an_estimate_of_few_rows_decides_nothing_however_good_or_bad(name: str) -> None:
    for changes in ({}, BAD[name]):
        figures = changed(name, changes)
        family = figures[GATES[name].family]
        counts = {key: 999 for key in ("rows", "compared") if hasattr(family, key)}
        result = run(name, {**figures, GATES[name].family: replace(family, **counts)}, min_rows=1_000)
        assert (result.verdict, result.why) == ("insufficient_data", "999 labelled rows, 1000 are needed")
        assert result.value is not None


def test_the_smoke_test_counts_rows_however_few() -> None:
    assert run("smoke_test", changed("smoke_test", {"rows": 3})).verdict == "pass"
    found = run("smoke_test", changed("smoke_test", {"rows": 3, "different": 2}))
    assert (found.value, found.why) == (2.0, "2 of 3 rows differ in a clean process")


def test_without_a_champion_there_is_nothing_to_lose_against() -> None:
    result = run("champion", changed("champion", {"champion": None, "compared": 0}))
    assert (result.verdict, result.why, result.value) == ("pass", "no champion yet", None)


def test_only_rows_that_both_versions_have_are_compared() -> None:
    assert run("champion", changed("champion", {"compared": 10})).verdict == "insufficient_data"


def test_the_cautious_end_decides_not_the_value() -> None:
    asked = rule(0.65, min_rows=1)
    assert judge_estimate("auc", Interval(0.70, 0.6499, 0.75), 10, asked).verdict == "fail"
    assert judge_estimate("auc", Interval(0.66, 0.65, 0.67), 10, asked).verdict == "pass"


def test_a_result_says_whether_its_gate_stops_or_only_reports() -> None:
    asked = rule(0.65, min_rows=1)
    told = replace(asked, limit=asked.limit.model_copy(update={"mode": "report"}))
    for found in (Interval(0.7, 0.6, 0.8), Interval(0.7, 0.66, 0.8)):
        assert judge_estimate("auc", found, 10, told).mode == "report"
    assert judge_number("auc", 0.1, told, "said").mode == "report"


def test_what_is_no_number_fails() -> None:
    for passes in ("above", "below"):
        assert judge_number("x", float("nan"), rule(0.5, passes), "said").verdict == "fail"


def test_a_name_is_registered_once() -> None:
    with pytest.raises(ValueError, match="auc"):
        gate("auc", "performance")(lambda *_: pytest.fail("never called"))


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
        loose, tight = (_asked(one, passes) for one in (limit, tighter))
        if judge_estimate("x", found, 10, loose).verdict == "fail":
            assert judge_estimate("x", found, 10, tight).verdict == "fail"


ASKED = rule(0.0, min_rows=1)


def _asked(limit: float, passes: str) -> Any:
    return replace(ASKED, limit=ASKED.limit.model_copy(update={"limit": limit, "passes": passes}))
