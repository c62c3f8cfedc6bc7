"""How differently groups of people are decided about, attribute by attribute and for pairs of attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from perennial.validation.estimate import Estimate
from perennial.validation.gates.registry import GateResult, Rule, gate, judge_estimate, undeclared

PARITY = "demographic_parity"
NAMED = 4
"""Groups that a sentence names before it only counts; the evidence has them all."""


@dataclass(frozen=True)
class Group:
    """One group of people and how it was decided about; a rate of no rows is None."""

    name: str
    rows: int
    """labelled and decided"""
    held: int
    """left to a person: the decision rule never saw the group"""
    positives: int
    selection: float | None
    true_positive: float | None
    false_positive: float | None
    error: float | None


@dataclass(frozen=True)
class Compared:
    """One criterion over the groups that are large enough for it."""

    estimate: Estimate
    lowest: str | None
    highest: str | None
    rows: int
    """of the groups that were compared"""
    small: Mapping[str, int]
    """rows of groups that are too small: they are not in the figure"""


@dataclass(frozen=True)
class Attribute:
    """A protected attribute, or a pair of them joined by +."""

    name: str
    groups: tuple[Group, ...]
    criteria: Mapping[str, Compared]


@dataclass(frozen=True)
class Fairness:
    """The figures of the family."""

    attributes: tuple[Attribute, ...]


@gate("demographic_parity", "fairness", "classification")
def demographic_parity(figures: Fairness, rule: Rule) -> Sequence[GateResult]:
    """Ask for the lowest share of yes by group over the highest: four fifths, the rule of thumb of 29 CFR 1607.4 D."""
    if not figures.attributes:
        # One result stands for all four gates: there is one thing to declare.
        return undeclared(PARITY, rule, "no attribute of people is declared: protected")
    return _judged(PARITY, figures, rule)


@gate("equalized_odds", "fairness", "classification")
def equalized_odds(figures: Fairness, rule: Rule) -> Sequence[GateResult]:
    """Ask for the largest difference of true or of false positive rates (Hardt et al. 2016)."""
    return _judged("equalized_odds", figures, rule)


@gate("equal_opportunity", "fairness", "classification")
def equal_opportunity(figures: Fairness, rule: Rule) -> Sequence[GateResult]:
    """Ask for the largest difference of true positive rates (Hardt et al. 2016)."""
    return _judged("equal_opportunity", figures, rule)


@gate("error_rate", "fairness", "classification")
def error_rate(figures: Fairness, rule: Rule) -> Sequence[GateResult]:
    """Ask for the largest difference of shares of wrong decisions."""
    return _judged("error_rate", figures, rule)


def _judged(criterion: str, figures: Fairness, rule: Rule) -> list[GateResult]:
    return [_one(criterion, attribute, rule) for attribute in figures.attributes]


def _one(criterion: str, attribute: Attribute, rule: Rule) -> GateResult:
    """Judge one attribute; what the spec did not choose for it, and pairs of attributes, are reported only.

    Criteria exclude one another where base rates differ (Chouldechova 2017), so at most one can be asked for; groups of
    pairs are small, and whom they are made of follows from the attributes that were chosen.
    """
    chosen = rule.spec.protected.get(attribute.name)
    enforced = chosen is not None and chosen.criterion == criterion
    limit = rule.limit if enforced else rule.limit.model_copy(update={"mode": "report"})
    compared = attribute.criteria[criterion]
    result = judge_estimate(
        f"{criterion}:{attribute.name}", compared.estimate, compared.rows, replace(rule, limit=limit)
    )
    held = {group.name: group.held for group in attribute.groups if group.held}
    parts = [result.why]
    if compared.lowest is not None:
        parts.append(f"lowest {compared.lowest}, highest {compared.highest}")
    if compared.small:
        parts.append(f"too small to judge: {listed(compared.small)}")
    if held:
        parts.append(f"held for a person: {listed(held)}")
    return replace(result, why="; ".join(parts))


def listed(counts: Mapping[str, int]) -> str:
    """Name the largest with their counts, and say how many more there are."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    named = ", ".join(f"{name} ({rows})" for name, rows in ordered[:NAMED])
    return named if len(ordered) <= NAMED else f"{named} and {len(ordered) - NAMED} more"
