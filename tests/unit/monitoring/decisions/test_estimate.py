"""What an estimate may decide."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.monitoring.decisions.estimate import FAR, Estimated, judge
from perennial.statistics.resampling import Interval

REFERENCE = Interval(0.75, 0.745, 0.755)
LIMIT = 0.02


def guess(value: float, error: float) -> Estimated:
    return Estimated(value, Interval(value, value - error, value + error, 0.8), None, 28, 12)


@pytest.mark.parametrize(
    ("found", "verdict", "said"),
    [
        (guess(0.74, 0.01), "ok", "0.750 at validation"),
        (guess(0.74, 0.2), "ok", "0.750 at validation"),
        (guess(0.70, 0.03), "watch", "0.050 below the 0.750 of validation, limit 0.02"),
        (guess(0.70, 0.06), "insufficient_data", "such estimates are off by 0.060, which is more"),
        (guess(0.65, 0.01), "alarm", "0.100 below the 0.750"),
        (replace(guess(0.65, 0.01), realised=0.66), "ok", "labels came: 0.660, off by -0.010"),
        (replace(guess(0.65, 0.01), interval=None, errors=2), "insufficient_data", "2 of 4 windows to tell by"),
        (replace(guess(0.65, 0.01), value=None), "insufficient_data", "no labels to calibrate on"),
    ],
)
def test_what_it_may_decide(found: Estimated, verdict: str, said: str) -> None:
    decided, why = judge(found, REFERENCE, LIMIT)
    assert decided == verdict
    assert said in why


def test_without_a_reference_nothing_is_lost() -> None:
    assert judge(guess(0.6, 0.01), None, LIMIT)[0] == "insufficient_data"


@given(st.floats(0.3, 1), st.floats(0, 0.5))
def test_no_estimate_decides_whose_error_is_larger_than_the_effect(value: float, error: float) -> None:
    verdict, _ = judge(guess(value, error), REFERENCE, LIMIT)
    effect = REFERENCE.value - value
    if verdict in {"watch", "alarm"}:
        assert effect > max(error, LIMIT) - 1e-12
    if verdict == "alarm":
        assert effect > FAR * error - 1e-12
