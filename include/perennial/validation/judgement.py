"""The one evaluator: every gate of the policy, waivers, and what they add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from perennial.errors import GateRefused, nearest
from perennial.policy import Policy
from perennial.spec import Spec
from perennial.validation.gates import GATES, Gate, GateResult, Rule
from perennial.validation.measured import Measured
from perennial.validation.waivers import Waiver


@dataclass(frozen=True)
class Judgement:
    """The verdict: every gate's result, the built-in check of the holdout first."""

    passed: bool
    fresh: bool
    gates: tuple[GateResult, ...]


def judge(
    measured: Mapping[str, Measured],
    policy: Policy,
    spec: Spec,
    holdout: GateResult,
    waivers: Mapping[str, Waiver] | None = None,
) -> Judgement:
    """Run every gate of the policy, whatever the one before said; nothing can waive the check of the holdout.

    `measured` holds the figures of each family of gates; `waivers` those in force, by the name of the gate.
    """
    found = [one for gate in applicable(policy, spec) for one in _run(gate, measured, policy, spec)]
    results = [_waived(result, waivers or {}) for result in found]
    fresh = holdout.verdict == "pass"
    passed = fresh and not any(stops(result, policy) for result in results)
    return Judgement(passed, fresh, (holdout, *results))


def stops(result: GateResult, policy: Policy) -> bool:
    """Tell whether a result stops a candidate."""
    stopped = {"fail", "insufficient_data"} if policy.insufficient_data == "blocks" else {"fail"}
    return result.mode == "enforce" and result.waiver is None and result.verdict in stopped


def applicable(policy: Policy, spec: Spec) -> list[Gate]:
    """Return the policy's gates that apply to what the model predicts; raises GateRefused for one that is unknown."""
    known = [_known(name, policy.tier) for name in policy.gates]
    return [gate for gate in known if gate.task in (None, spec.train.task)]


def families(policy: Policy, spec: Spec) -> list[str]:
    """Name the families of figures that these gates look at, each once."""
    return list(dict.fromkeys(gate.family for gate in applicable(policy, spec)))


def _run(gate: Gate, measured: Mapping[str, Measured], policy: Policy, spec: Spec) -> Sequence[GateResult]:
    family = measured[gate.family]
    results = gate.results(family.figures, Rule(policy.gates[gate.name], policy, spec))
    return [replace(result, evidence=family.evidence) for result in results]


def _known(name: str, tier: str) -> Gate:
    if name not in GATES:
        raise GateRefused(
            f"policy {tier}: gates.{name}",
            expected=f"one of {', '.join(GATES)}",
            found="no such gate",
            nearest=nearest(name, GATES),
        )
    return GATES[name]


def _waived(result: GateResult, waivers: Mapping[str, Waiver]) -> GateResult:
    """Open a gate that did not pass where a person waived it."""
    waiver = waivers.get(result.name)
    if waiver is None or result.verdict == "pass":
        return result
    why = f"{result.why}; waived by {waiver.by} until {waiver.until:%Y-%m-%d %H:%M}: {waiver.reason}"
    return replace(result, waiver=waiver.event, why=why)
