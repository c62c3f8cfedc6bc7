"""The gates: each a pure decision from figures and a limit, in its family's file; importing this knows them all."""

from perennial.validation.gates import (
    artifact,
    behaviour,
    budget,
    calibration,
    cost,
    explainability,
    fairness,
    performance,
    reproduction,
    robustness,
    slices,
    smoke_test,
)
from perennial.validation.gates.registry import GATES, Gate, GateResult, Rule

__all__ = [
    "GATES",
    "Gate",
    "GateResult",
    "Rule",
    "artifact",
    "behaviour",
    "budget",
    "calibration",
    "cost",
    "explainability",
    "fairness",
    "performance",
    "reproduction",
    "robustness",
    "slices",
    "smoke_test",
]
