"""Whether training again from the frozen training set gives the same model."""

from __future__ import annotations

from perennial.validation.estimate import Reproduction, Unknown
from perennial.validation.gates.registry import GateResult, Rule, gate, judge_number


@gate("reproduction", "reproduction")
def reproduction(figures: Reproduction | Unknown, rule: Rule) -> GateResult:
    """Ask what of the model held: 0 the same bytes, 1 the same predictions, 2 the same figures, 3 none of these."""
    if isinstance(figures, Unknown):
        return judge_number("reproduction", figures, rule, "")
    return judge_number("reproduction", float(figures.level), rule, figures.why)
