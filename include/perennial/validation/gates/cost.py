"""What the candidate's decisions cost, at the prices of the spec."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from perennial.validation.estimate import Estimate
from perennial.validation.gates.registry import GateResult, Rule, gate, judge_estimate


@dataclass(frozen=True)
class Costs:
    """Expected costs per decision, in the spec's unit, on the rows that both sides decide."""

    rows: int
    held: int
    """rows without a comparison: a rule leaves them to a person, or the champion's features do not have them"""
    against: Literal["the champion", "deciding against everybody", "deciding for everybody"]
    candidate: float
    other: float
    without: float
    """of the cheaper of deciding for everybody and against everybody: what needs no model"""
    difference: Estimate
    """(candidate - other) / without: a share, so that one limit fits any unit and any base rate"""


@gate("cost", "cost", "classification")
def cost(figures: Costs, rule: Rule) -> GateResult:
    """Ask whether its mistakes cost at most a margin more than those of the champion, or of no model at all."""
    result = judge_estimate("cost", figures.difference, figures.rows, rule)
    said = f"{figures.candidate:.4g} per decision, {figures.other:.4g} by {figures.against}"
    held = f", {figures.held} rows not compared" if figures.held else ""
    return replace(result, why=f"{result.why}; {said}{held}")
