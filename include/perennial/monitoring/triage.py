"""What a monitoring report means. Pure: the monitors' results in, a finding with its reason out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from perennial.monitoring.result import Result

Kind = Literal["healthy", "drift", "performance", "performance_and_drift", "insufficient_data"]
Action = Literal["nothing", "watch", "retrain", "ask", "stop"]


@dataclass(frozen=True)
class Finding:
    """What is said of a window, and what follows."""

    kind: Kind
    action: Action
    reason: str
    at_fault: tuple[str, ...] = ()


def triage(results: Mapping[str, Result]) -> Finding:
    """Say what the results mean: lost performance asks for a retraining, drift alone is watched."""
    drift, performance = results["drift"], results["performance"]
    said = f"{performance.why}; {drift.why}"
    if performance.verdict == "insufficient_data":
        return Finding("insufficient_data", "nothing", said)
    if performance.verdict == "alarm":
        both = drift.verdict == "alarm"
        return Finding(
            "performance_and_drift" if both else "performance",
            "retrain",
            said,
            (*performance.at_fault, *drift.at_fault),
        )
    if drift.verdict == "alarm":
        return Finding("drift", "watch", f"{drift.why}; performance holds ({performance.why})", drift.at_fault)
    return Finding("healthy", "nothing", said)
