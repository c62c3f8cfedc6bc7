"""How often a decision flips when something goes wrong with the inputs; the cautious end of each share decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from perennial.validation.estimate import Estimate, Unknown
from perennial.validation.gates.registry import GateResult, Rule, gate, judge_estimate, undeclared


@dataclass(frozen=True)
class Flips:
    """Rows that are decided otherwise once they are changed."""

    rows: int
    share: Estimate
    """of all rows"""
    worse_side: Estimate
    """of those decided for, or of those decided against, whichever is larger"""
    by_column: Mapping[str, float]
    """share of all rows that each column flips by itself, the largest first"""


@dataclass(frozen=True)
class Swapped:
    """What a wrong unit of one column does; plain shares are of all rows."""

    rows: int
    factor: float
    flips: float
    refused: float
    """kept out by the data contract"""
    beyond: float
    """outside the range of training: a drift report names the column"""
    silent: Estimate
    """decided otherwise, and neither of the two: share of one decision, whichever is larger"""


@dataclass(frozen=True)
class Attacked:
    """What people who were decided against can reach by changing numbers about themselves within bounds."""

    rows: int
    share: Estimate
    by_column: Mapping[str, int]
    """rows whose way to a yes changes the column"""
    predictions: int


@dataclass(frozen=True)
class Robustness:
    """The figures of the family; None where a model reads no column of the kind."""

    noise: Flips | None
    missing_values: Flips | None
    unseen_categories: Flips | None
    out_of_range: Flips | None
    units: Mapping[str, Swapped | Unknown]
    adversarial: Attacked | Unknown


@gate("noise", "robustness", "classification")
def noise(figures: Robustness, rule: Rule) -> GateResult:
    """Ask whether small errors of measurement leave decisions as they are."""
    return _judged("noise", figures.noise, rule)


@gate("missing_values", "robustness", "classification")
def missing_values(figures: Robustness, rule: Rule) -> GateResult:
    """Ask the same of values that are lost."""
    return _judged("missing_values", figures.missing_values, rule)


@gate("unseen_categories", "robustness", "classification")
def unseen_categories(figures: Robustness, rule: Rule) -> GateResult:
    """Ask the same of a category that training never saw."""
    return _judged("unseen_categories", figures.unseen_categories, rule)


@gate("out_of_range", "robustness", "classification")
def out_of_range(figures: Robustness, rule: Rule) -> GateResult:
    """Ask the same of a number beyond the range of training."""
    return _judged("out_of_range", figures.out_of_range, rule)


@gate("units", "robustness", "classification")
def units(figures: Robustness, rule: Rule) -> list[GateResult]:
    """Ask of each declared column whether a wrong unit is seen, or at least flips few decisions."""
    if not figures.units:
        return undeclared("units", rule, "no number with another unit is declared: robustness.units")
    return [_unit(f"units:{column}", found, rule) for column, found in figures.units.items()]


@gate("adversarial", "robustness", "classification")
def adversarial(figures: Robustness, rule: Rule) -> list[GateResult]:
    """Ask how many people who were decided against could turn that by changing what they can."""
    found = figures.adversarial
    if isinstance(found, Unknown):
        return undeclared("adversarial", rule, found.why)
    result = judge_estimate("adversarial", found.share, found.rows, rule)
    by = ", ".join(f"{column} {count}" for column, count in found.by_column.items())
    return [replace(result, why=f"{result.why}; of {found.rows} decided against; changed: {by}")]


def _judged(name: str, found: Flips | None, rule: Rule) -> GateResult:
    if found is None:
        limit = rule.limit
        return GateResult(name, None, None, None, limit.limit, "pass", "the model reads no such column", limit.mode)
    result = judge_estimate(name, found.share, found.rows, rule)
    worst, most = max(found.by_column.items(), key=lambda pair: pair[1])
    side = "" if isinstance(found.worse_side, Unknown) else f"; up to {found.worse_side.value:.1%} of one decision"
    return replace(result, why=f"{result.why}{side}; most by {worst}, {most:.1%} alone")


def _unit(name: str, found: Swapped | Unknown, rule: Rule) -> GateResult:
    if isinstance(found, Unknown):
        return judge_estimate(name, found, 0, rule)
    result = judge_estimate(name, found.silent, found.rows, rule)
    seen = f"times {found.factor:g} flips {found.flips:.1%}, the contract refuses {found.refused:.1%}"
    return replace(result, why=f"{result.why}; {seen}, {found.beyond:.1%} leave the range of training")
