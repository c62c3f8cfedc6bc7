"""Was performance lost? Figure by figure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.monitoring.decisions.performance import judge, loss_of
from perennial.settings import PROJECT
from perennial.spec import load_spec
from perennial.statistics.resampling import Interval

SPEC = load_spec(PROJECT / "include" / "models" / "flight_delay" / "model.yaml")
HOLDS = {"quality": Interval(0.72, 0.70, 0.74), "calibration": Interval(0.01, -0.01, 0.03)}
REFERENCE = Interval(0.73, 0.72, 0.74)


@pytest.mark.parametrize(
    ("changed", "lost"),
    [
        ({}, []),
        ({"quality": Interval(0.68, 0.66, 0.70)}, ["quality"]),
        ({"quality": Interval(0.68, 0.62, 0.74)}, []),
        ({"quality": Interval(0.715, 0.710, 0.718)}, []),
        ({"calibration": Interval(0.05, 0.031, 0.07)}, ["calibration"]),
        ({"calibration": Interval(-0.05, -0.07, -0.031)}, ["calibration"]),
        ({"calibration": Interval(0.05, 0.01, 0.07)}, ["calibration"]),
        ({"calibration": Interval(0.05, -0.01, 0.11)}, []),
        ({"calibration": Interval(0.029, 0.02, 0.04)}, []),
    ],
)
def test_a_loss_is_material_and_significant(changed: dict[str, Interval], lost: list[str]) -> None:
    assert list(judge(**{**HOLDS, **changed}, reference=REFERENCE, spec=SPEC)) == lost


def test_the_reason_names_figures_and_limit() -> None:
    said = judge(Interval(0.68, 0.66, 0.70), HOLDS["calibration"], REFERENCE, SPEC)["quality"]
    assert said == "AUC 0.680 is 0.050 [0.028, 0.072] below the 0.730 of validation, limit 0.02"


@given(st.floats(0.5, 1), st.floats(0, 0.1), st.floats(0.5, 1), st.floats(0, 0.1))
def test_a_loss_counts_both_uncertainties(now: float, width: float, then: float, spread: float) -> None:
    loss = loss_of(Interval(now, now - width, now + width), Interval(then, then - spread, then + spread))
    assert loss.low <= loss.value <= loss.high
    assert loss.value - loss.low >= max(width, spread) - 1e-12
    assert loss.value - loss.low <= width + spread + 1e-12
