"""Gates asked on a real case, with the limits of its policy."""

from __future__ import annotations

from typing import Any

from perennial.validation.case import Case
from perennial.validation.gates import GATES, GateResult, Rule
from perennial.validation.measures import MEASURES


def results(found: Case, name: str, figures: Any = None) -> dict[str, GateResult]:
    """Return what a gate says, by the name of each part; figures may be at hand."""
    gate = GATES[name]
    measured = MEASURES[gate.family](found) if figures is None else figures
    asked = Rule(found.policy.gates[name], found.policy, found.spec)  # type: ignore[index]
    return {result.name: result for result in gate.results(measured, asked)}


def verdicts(found: Case, name: str, figures: Any = None) -> dict[str, str]:
    """Return the verdicts alone."""
    return {part: result.verdict for part, result in results(found, name, figures).items()}
