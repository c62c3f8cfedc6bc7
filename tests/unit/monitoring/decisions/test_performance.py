"""Was performance lost? Figure by figure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.monitoring.decisions.performance import at_level, difference_of, judge, levels, lost
from perennial.settings import PROJECT
from perennial.spec import load_spec
from perennial.spec.drift import YEAR, Rate
from perennial.statistics.resampling import Interval

SPEC = load_spec(PROJECT / "include" / "models" / "flight_delay" / "model.yaml")
HOLDS = {"quality": Interval(0.72, 0.70, 0.74), "calibration": Interval(0.01, -0.01, 0.03)}
REFERENCE = Interval(0.73, 0.72, 0.74)


@pytest.mark.parametrize(
    ("changed", "expected"),
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
def test_a_loss_is_material_and_significant(changed: dict[str, Interval], expected: list[str]) -> None:
    assert lost(judge(**{**HOLDS, **changed}, reference=REFERENCE, spec=SPEC)) == expected


def test_the_reason_names_figures_and_limit() -> None:
    said = judge(Interval(0.68, 0.66, 0.70), HOLDS["calibration"], REFERENCE, SPEC)["quality"].said
    assert said == "AUC 0.680 is 0.050 [0.028, 0.072] below the 0.730 of validation, limit 0.02"


@given(st.floats(0.5, 1), st.floats(0, 0.1), st.floats(0.5, 1), st.floats(0, 0.1))
def test_a_loss_counts_both_uncertainties(now: float, width: float, then: float, spread: float) -> None:
    loss = difference_of(Interval(then, then - spread, then + spread), Interval(now, now - width, now + width))
    assert loss.low <= loss.value <= loss.high
    assert loss.value - loss.low >= max(width, spread) - 1e-12
    assert loss.value - loss.low <= width + spread + 1e-12


def test_labels_that_the_scores_follow_are_no_loss() -> None:
    rates = Interval(0.32, 0.30, 0.34), Interval(0.23, 0.21, 0.25)
    answers = judge(**HOLDS, reference=REFERENCE, spec=SPEC, rates=rates)
    assert answers["label_rate"].counts
    assert lost(answers) == []
    assert answers["label_rate"].said == "observed share 0.320, 0.230 at validation (+0.090 [+0.062, +0.118])"


@given(st.integers(1, 12), st.integers(1, 60))
def test_the_oftener_one_looks_the_surer_one_has_to_be(alarms: int, every: int) -> None:
    def asked(alarms: int, every: int) -> dict[str, float]:
        monitor = SPEC.monitor.model_copy(
            update={
                "every": every,
                "performance": SPEC.monitor.performance.model_copy(
                    update={"false_alarms": Rate(alarms=alarms, days=YEAR)}
                ),
            }
        )
        return dict(levels(SPEC.model_copy(update={"monitor": monitor})))

    found = asked(alarms, every)
    assert all(0.8 <= level < 1 for level in found.values())
    assert all(asked(alarms, every + 1)[name] <= level for name, level in found.items())
    assert all(asked(alarms + 1, every)[name] <= level for name, level in found.items())


def test_the_flights_may_be_accused_once_a_year_for_nothing() -> None:
    windows, found = YEAR / SPEC.monitor.every, levels(SPEC)
    one_sided = (1 - found["quality"]) / 2
    assert windows * (one_sided + 1 - found["calibration"]) == pytest.approx(1)


@given(st.floats(0.5, 0.999), st.floats(0.5, 0.999))
def test_an_interval_moves_between_levels_and_back(one: float, other: float) -> None:
    start = Interval(0.7, 0.6, 0.75, one)
    moved = at_level(start, other)
    assert (moved.high > start.high) == (other > one) or one == pytest.approx(other)
    back = at_level(moved, one)
    assert (back.low, back.high) == pytest.approx((start.low, start.high))
