"""What a report means, figure by figure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.monitoring.triage import Figures, loss_of, triage
from perennial.spec.monitoring import Performance
from perennial.statistics.resampling import Interval

LIMITS = Performance(max_loss=0.02, max_calibration_error=0.03)
ENOUGH = 1000


def figures(**changed: Any) -> Figures:
    healthy = {
        "labelled": 5000,
        "metric": "AUC",
        "quality": Interval(0.72, 0.70, 0.74),
        "calibration": Interval(0.01, -0.01, 0.03),
        "reference": Interval(0.73, 0.72, 0.74),
        "drifted": (),
        "columns": 20,
    }
    return Figures(**{**healthy, **changed})


LOST = Interval(0.68, 0.66, 0.70)


@pytest.mark.parametrize(
    ("changed", "kind", "signal"),
    [
        ({}, "healthy", False),
        ({"drifted": ("temp",)}, "drift", False),
        ({"quality": LOST}, "performance", True),
        ({"quality": LOST, "drifted": ("temp",)}, "performance_and_drift", True),
        ({"quality": Interval(0.68, 0.62, 0.74)}, "healthy", False),
        ({"calibration": Interval(0.05, 0.031, 0.07)}, "performance", True),
        ({"calibration": Interval(-0.05, -0.07, -0.031)}, "performance", True),
        ({"quality": Interval(0.715, 0.710, 0.718)}, "healthy", False),
        ({"calibration": Interval(0.05, 0.01, 0.07)}, "performance", True),
        ({"calibration": Interval(0.05, -0.01, 0.11)}, "healthy", False),
        ({"calibration": Interval(0.029, 0.02, 0.04)}, "healthy", False),
        ({"labelled": 999, "quality": LOST}, "insufficient_data", False),
        ({"quality": None, "calibration": None}, "insufficient_data", False),
        ({"quality": None, "calibration": None, "drifted": ("temp",)}, "insufficient_data", False),
    ],
)
def test_what_the_figures_mean(changed: dict[str, Any], kind: str, signal: bool) -> None:
    finding = triage(figures(**changed), LIMITS, ENOUGH)
    assert (finding.kind, finding.signal) == (kind, signal)


def test_the_reason_names_figures_limit_and_columns() -> None:
    reason = triage(figures(quality=LOST, drifted=("temp", "dewp")), LIMITS, ENOUGH).reason
    assert "AUC 0.680 is 0.050 [0.028, 0.072] below the 0.730 of validation, limit 0.02" in reason
    assert "2 of 20 columns drifted: temp, dewp" in reason


@given(st.floats(0.5, 1), st.floats(0, 0.2), st.floats(0, 0.2), st.lists(st.sampled_from("abc"), unique=True))
def test_drift_alone_never_raises_a_signal(auc: float, below: float, above: float, drifted: list[str]) -> None:
    interval = Interval(auc, auc - below, auc + above)
    found = triage(figures(quality=interval, reference=interval, drifted=drifted), LIMITS, ENOUGH)
    assert not found.signal


@given(st.floats(0.5, 1), st.floats(0, 0.1), st.floats(0.5, 1), st.floats(0, 0.1))
def test_a_loss_counts_both_uncertainties(now: float, width: float, then: float, spread: float) -> None:
    loss = loss_of(Interval(now, now - width, now + width), Interval(then, then - spread, then + spread))
    assert loss.low <= loss.value <= loss.high
    assert loss.value - loss.low >= max(width, spread) - 1e-12
    assert loss.value - loss.low <= width + spread + 1e-12
