"""What the monitors' results mean together."""

from __future__ import annotations

import pytest

from perennial.monitoring.result import Result, Verdict
from perennial.monitoring.triage import triage


@pytest.mark.parametrize(
    ("drift", "performance", "kind", "action"),
    [
        ("ok", "ok", "healthy", "nothing"),
        ("alarm", "ok", "drift", "watch"),
        ("ok", "alarm", "performance", "retrain"),
        ("alarm", "alarm", "performance_and_drift", "retrain"),
        ("alarm", "insufficient_data", "insufficient_data", "nothing"),
    ],
)
def test_each_pair_of_verdicts_has_its_finding(drift: Verdict, performance: Verdict, kind: str, action: str) -> None:
    finding = triage(
        {"drift": Result("drift", drift, "temp drifted"), "performance": Result("performance", performance, "AUC fell")}
    )
    assert (finding.kind, finding.action) == (kind, action)
    assert "temp drifted" in finding.reason
    assert "AUC fell" in finding.reason
