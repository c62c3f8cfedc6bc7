"""What a gate is, and which there are. A gate more is a function with `@gate` on it and a limit in the policies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from perennial.policy import Limit, Policy
from perennial.spec import Spec
from perennial.spec.gates import GateName
from perennial.spec.training import Task
from perennial.validation.estimate import Estimate, Unknown

Outcome = Literal["pass", "fail", "insufficient_data"]
Mode = Literal["enforce", "report"]


@dataclass(frozen=True)
class GateResult:
    """What one gate saw and says; `low` and `high` are the ends of the interval where the value is an estimate."""

    name: str
    """The gate, or gate:part where it looks at parts: demographic_parity:sex."""
    value: float | None
    low: float | None
    high: float | None
    limit: float
    verdict: Outcome
    why: str
    mode: Mode = "enforce"
    evidence: str | None = None
    """Digest of the figures it looked at, in the evidence store."""
    waiver: str | None = None
    """Hash of the ledger event that waives it."""

    def to_dict(self) -> dict[str, Any]:
        """Return what the ledger keeps of it."""
        return asdict(self)


@dataclass(frozen=True)
class Rule:
    """What a gate is given besides the figures: its limit, and the policy and spec that it may ask."""

    limit: Limit
    policy: Policy
    spec: Spec


Decision = Callable[[Any, Rule], GateResult | Sequence[GateResult]]
"""From the figures of the gate's family and its rule to one result, or one for each part."""


@dataclass(frozen=True)
class Gate:
    """A gate: its name in policies, the family of figures it looks at, and its decision."""

    name: GateName
    family: str
    decide: Decision
    task: Task | None = None
    """What the model has to predict for the gate to apply; None: anything."""

    def results(self, figures: Any, rule: Rule) -> list[GateResult]:
        """Decide; a gate without parts gives one result, one that nothing applies to may give none."""
        found = self.decide(figures, rule)
        return [found] if isinstance(found, GateResult) else list(found)


_registered: dict[str, Gate] = {}
GATES: Mapping[str, Gate] = _registered
"""Every gate by the name that policies use."""


def gate(name: GateName, family: str, task: Task | None = None) -> Callable[[Decision], Decision]:
    """Register a gate; raises ValueError for a name that is taken."""

    def register(function: Decision) -> Decision:
        if name in _registered:
            raise ValueError(f"gate {name!r} is registered already")
        _registered[name] = Gate(name, family, function, task)
        return function

    return register


def judge_estimate(name: str, estimate: Estimate, rows: int, rule: Rule) -> GateResult:
    """Hold the cautious end of an interval against the limit; too few rows, or none that define it, decide nothing."""
    limit = rule.limit
    if isinstance(estimate, Unknown):
        return GateResult(name, None, None, None, limit.limit, "insufficient_data", estimate.why, limit.mode)
    value, low, high = estimate.value, estimate.low, estimate.high
    if rows < rule.policy.min_rows:
        why = f"{rows} labelled rows, {rule.policy.min_rows} are needed"
        return GateResult(name, value, low, high, limit.limit, "insufficient_data", why, limit.mode)
    end, cautious = ("low", low) if limit.passes == "above" else ("high", high)
    verdict = outcome(cautious, limit)
    side = "at least" if limit.passes == "above" else "at most"
    why = f"{end} end {cautious:.4f} {'is' if verdict == 'pass' else 'is not'} {side} {limit.limit:g}"
    return GateResult(name, value, low, high, limit.limit, verdict, why, limit.mode)


def judge_number(name: str, value: float | Unknown, rule: Rule, said: str) -> GateResult:
    """Hold a number that was counted or measured, not estimated, against the limit."""
    limit = rule.limit
    if isinstance(value, Unknown):
        return GateResult(name, None, None, None, limit.limit, "insufficient_data", value.why, limit.mode)
    return GateResult(name, value, None, None, limit.limit, outcome(value, limit), said, limit.mode)


def undeclared(name: str, rule: Rule, why: str) -> list[GateResult]:
    """Return nothing for a gate that nothing applies to, or what is to be declared where the tier insists on it."""
    if rule.policy.insufficient_data == "is_reported":
        return []
    return [judge_number(name, Unknown(why), rule, "")]


def outcome(value: float, limit: Limit) -> Outcome:
    """Compare so that a value that is no number fails."""
    good = value >= limit.limit if limit.passes == "above" else value <= limit.limit
    return "pass" if good else "fail"
