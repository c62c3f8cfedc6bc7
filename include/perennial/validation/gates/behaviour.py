"""Whether the candidate behaves as the spec says it must: one result for each declared test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from perennial.validation.estimate import Unknown
from perennial.validation.gates.registry import GateResult, Rule, gate, judge_number, undeclared

Kind = Literal["invariance", "direction", "golden"]


@dataclass(frozen=True)
class Tested:
    """What came of one declared test."""

    name: str
    kind: Kind
    rows: int
    """that the test could be run on"""
    holds: float
    """share of them that do as declared"""
    wanted: float
    said: str


@dataclass(frozen=True)
class Behaviour:
    """Every declared test, in the order of the spec."""

    tests: tuple[Tested, ...]


@gate("behaviour", "behaviour")
def behaviour(figures: Behaviour, rule: Rule) -> list[GateResult]:
    """Ask of each test by how much fewer of its rows hold than the spec declares."""
    if not figures.tests:
        return undeclared("behaviour", rule, "no test of behaviour is declared: behaviour")
    return [_judged(test, rule) for test in figures.tests]


def _judged(test: Tested, rule: Rule) -> GateResult:
    name = f"behaviour:{test.name}"
    if not test.rows:
        return judge_number(name, Unknown(test.said), rule, "")
    said = f"{test.kind} holds for {test.holds:.1%} of {test.rows} rows, {test.wanted:.1%} declared; {test.said}"
    return judge_number(name, max(0.0, test.wanted - test.holds), rule, said)
