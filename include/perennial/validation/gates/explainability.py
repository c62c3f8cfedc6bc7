"""Whether explanations can be believed, lean on one column alone, and give the reasons that people know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from perennial.statistics.bootstrap import Interval
from perennial.validation.estimate import Unknown
from perennial.validation.gates.registry import GateResult, Rule, gate, judge_number, outcome

FEW = 50
"""Explained rows below which reasons are not compared."""


@dataclass(frozen=True)
class Explainability:
    """What was explained, on a sample of the holdout."""

    rows: int
    error: float
    """largest difference between an explanation's sum and the raw score, relative to the largest score"""
    importance: Mapping[str, float]
    """mean absolute contribution to the raw score by column, the largest first"""
    permutation: Mapping[str, float]
    """AUC, or R squared, lost when a column is shuffled among the rows"""
    alone: Mapping[str, float] | Unknown
    """share of the model's (AUC - 0.5) that the contributions of one column reach by themselves, the largest first"""
    stability: Interval | Unknown | None
    """share of a row's reasons that the champion gives too; None without a champion"""
    reasons: str
    """digest of the reason codes of each explained row in the evidence store"""


@gate("additivity", "explainability")
def additivity(figures: Explainability, rule: Rule) -> GateResult:
    """Ask whether each explanation adds up to the score it explains."""
    said = f"largest relative difference of {figures.rows} explanations from their scores {figures.error:.2g}"
    return judge_number("additivity", figures.error, rule, said)


@gate("leak", "explainability")
def leak(figures: Explainability, rule: Rule) -> list[GateResult]:
    """Suspect a column that weighs nearly all, or ranks nearly as well by itself as the model does."""
    total = sum(figures.importance.values())
    name, most = max(figures.importance.items(), key=lambda pair: pair[1])
    weight = most / total if total else Unknown("no column weighs anything")
    said = f"{name} has {most / (total or 1):.1%} of the importance of {len(figures.importance)} columns"
    return [judge_number("leak:importance", weight, rule, said), _alone(figures, rule)]


@gate("reason_stability", "explainability")
def reason_stability(figures: Explainability, rule: Rule) -> GateResult:
    """Ask whether people get the reasons that the champion would give them; the cautious end decides."""
    found, limit, name = figures.stability, rule.limit, "reason_stability"
    if found is None:
        return GateResult(name, None, None, None, limit.limit, "pass", "no champion yet", limit.mode)
    if isinstance(found, Unknown) or figures.rows < FEW:
        why = found.why if isinstance(found, Unknown) else f"{figures.rows} rows were explained, {FEW} are needed"
        return judge_number(name, Unknown(why), rule, "")
    said = f"{found.value:.1%} of the reasons of {figures.rows} rows are the champion's too, low end {found.low:.1%}"
    return GateResult(
        name, found.value, found.low, found.high, limit.limit, outcome(found.low, limit), said, limit.mode
    )


def _alone(figures: Explainability, rule: Rule) -> GateResult:
    found = figures.alone
    if isinstance(found, Unknown):
        return judge_number("leak:alone", found, rule, "")
    name, most = max(found.items(), key=lambda pair: pair[1])
    return judge_number("leak:alone", most, rule, f"{name} by itself has {most:.1%} of the model's ranking skill")
