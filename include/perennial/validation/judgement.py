"""All gates of a policy, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass

from perennial.errors import GateRefused, nearest
from perennial.policy import Policy
from perennial.validation.figures import Measured
from perennial.validation.gates import GATES, GateResult


@dataclass(frozen=True)
class Judgement:
    """The verdict: every gate's result, the built-in check of the holdout first."""

    passed: bool
    fresh: bool
    gates: tuple[GateResult, ...]


def judge(measured: Measured, policy: Policy, holdout: GateResult) -> Judgement:
    """Run every gate of the policy, whatever the one before said; no policy can waive the check of the holdout."""
    results = [_run(name, measured, policy) for name in policy.gates]
    fresh = holdout.verdict == "pass"
    stopped = {"fail", "insufficient_data"} if policy.insufficient_data == "blocks" else {"fail"}
    passed = fresh and not any(result.verdict in stopped for result in results)
    return Judgement(passed, fresh, (holdout, *results))


def _run(name: str, measured: Measured, policy: Policy) -> GateResult:
    if name not in GATES:
        raise GateRefused(
            f"policy {policy.tier}: gates.{name}",
            expected=f"one of {', '.join(GATES)}",
            found="no such gate",
            nearest=nearest(name, GATES),
        )
    return GATES[name](measured, policy.gates[name], policy.min_rows)  # type: ignore[index]
