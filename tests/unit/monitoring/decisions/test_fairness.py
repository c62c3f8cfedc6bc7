"""What is unfair now, and was not when the version was let pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.monitoring.decisions.fairness import Gap, judge, level
from perennial.policy import Limit
from perennial.settings import PROJECT
from perennial.spec import load_spec
from perennial.statistics.resampling import Interval

PARITY = Limit(limit=0.8, passes="above")
ERRORS = Limit(limit=0.1, passes="below")
FAIR = Gap("sex", "demographic_parity", Interval(0.9, 0.83, 0.97), Interval(0.9, 0.85, 0.95), "Female", "Male", PARITY)
WIDE = Gap("race", "error_rate", Interval(0.2, 0.15, 0.25), Interval(0.05, 0.03, 0.08), "Black", "White", ERRORS)


@pytest.mark.parametrize(
    ("gap", "verdict"),
    [
        (FAIR, "ok"),
        (replace(FAIR, now=Interval(0.6, 0.5, 0.7)), "alarm"),
        (replace(FAIR, now=Interval(0.6, 0.5, 0.7), then=Interval(0.62, 0.55, 0.7)), "ok"),
        (replace(FAIR, now=Interval(0.75, 0.68, 0.82)), "watch"),
        (replace(FAIR, now=Interval(0.6, 0.5, 0.7), then=None), "watch"),
        (replace(FAIR, now=Interval(0.6, 0.5, 0.7), limit=PARITY.model_copy(update={"mode": "report"})), "watch"),
        (replace(FAIR, now=None), "insufficient_data"),
        (WIDE, "alarm"),
        (replace(WIDE, now=Interval(0.06, 0.02, 0.09)), "ok"),
        (replace(WIDE, then=Interval(0.19, 0.14, 0.24)), "ok"),
    ],
)
def test_unfair_and_less_fair_than_it_was(gap: Gap, verdict: str) -> None:
    assert gap.verdict == verdict


def test_the_reason_names_attribute_groups_and_limit() -> None:
    verdict, why, blamed = judge([FAIR, WIDE])
    assert verdict == "alarm"
    assert blamed == ("race=Black", "race=White")
    assert why == (
        "error_rate of race 0.200 [0.150, 0.250], 0.050 at validation, at most 0.1: lowest Black, highest White"
    )


def test_what_was_unfair_when_it_was_let_pass_is_said() -> None:
    known = replace(FAIR, now=Interval(0.6, 0.5, 0.7), then=Interval(0.62, 0.55, 0.7))
    assert judge([known]) == (
        "ok",
        "no less fair than at validation: sex; beyond the limit as at validation: sex",
        (),
    )
    assert judge([replace(FAIR, now=None)])[0] == "insufficient_data"


def test_the_more_attributes_the_surer() -> None:
    spec = load_spec(PROJECT / "include" / "models" / "census_income" / "model.yaml")
    often = spec.model_copy(update={"monitor": spec.monitor.model_copy(update={"every": 1})})
    alone = often.model_copy(update={"protected": {"sex": spec.protected["sex"]}})
    assert 0.95 <= level(spec) < level(alone) < level(often) < 1


@given(st.floats(0, 1), st.floats(0, 0.5), st.floats(0, 1), st.floats(0, 0.5))
def test_an_alarm_is_beyond_the_limit_and_worse(now: float, width: float, then: float, spread: float) -> None:
    gap = replace(FAIR, now=Interval(now, now - width, now + width), then=Interval(then, then - spread, then + spread))
    if gap.verdict == "alarm":
        assert now + width < 0.8
        assert then - now > max(width, spread)
