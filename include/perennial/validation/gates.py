"""The gates: each a pure decision from figures and a limit. A gate more is a function with `@gate` on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from perennial.policy import Limit
from perennial.statistics.resampling import Interval
from perennial.validation.figures import Estimate, Measured, Unknown

Outcome = Literal["pass", "fail", "insufficient_data"]


@dataclass(frozen=True)
class GateResult:
    """What one gate saw and says; `low` and `high` are the ends of the interval where the value is an estimate."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    limit: float
    verdict: Outcome
    why: str

    def to_dict(self) -> dict[str, Any]:
        """Return what the ledger keeps of it."""
        return asdict(self)


Gate = Callable[[Measured, Limit, int], GateResult]
"""From the figures, the limit, and the rows below which an estimate decides nothing."""

_registered: dict[str, Gate] = {}
GATES: Mapping[str, Gate] = _registered
"""Every gate by the name that policies use."""


def gate(name: str) -> Callable[[Gate], Gate]:
    """Register a gate; raises ValueError for a name that is taken."""

    def register(function: Gate) -> Gate:
        if name in _registered:
            raise ValueError(f"gate {name!r} is registered already")
        _registered[name] = function
        return function

    return register


@gate("auc")
def auc(measured: Measured, limit: Limit, min_rows: int) -> GateResult:
    """Ask whether the candidate ranks well enough by itself."""
    return judge_estimate("auc", measured.auc, measured.rows, limit, min_rows)


@gate("baseline")
def baseline(measured: Measured, limit: Limit, min_rows: int) -> GateResult:
    """Ask whether it ranks better than the simple model fitted on the same rows."""
    return judge_estimate("baseline", measured.baseline, measured.rows, limit, min_rows)


@gate("champion")
def champion(measured: Measured, limit: Limit, min_rows: int) -> GateResult:
    """Ask whether it ranks better than the champion, scored again on the same rows."""
    if measured.champion is None:
        return GateResult("champion", None, None, None, limit.limit, "pass", "no champion yet")
    return judge_estimate("champion", measured.champion, measured.compared, limit, min_rows)


@gate("calibration")
def calibration(measured: Measured, limit: Limit, min_rows: int) -> GateResult:
    """Ask whether the mean prediction is close enough to the observed share."""
    return judge_estimate("calibration", distance(measured.calibration), measured.rows, limit, min_rows)


@gate("smoke_test")
def smoke_test(measured: Measured, limit: Limit, _min_rows: int) -> GateResult:
    """Ask whether a clean process predicts the same from the model file; rows are counted, nothing is estimated."""
    result = GateResult("smoke_test", float(measured.mismatches), None, None, limit.limit, "pass", "")
    if not measured.probed:
        return replace(result, verdict="insufficient_data", why="the clean process predicted no row")
    said = f"{measured.mismatches} of {measured.probed} rows differ in a clean process"
    return replace(result, verdict=_outcome(measured.mismatches, limit), why=said)


def judge_estimate(name: str, estimate: Estimate, rows: int, limit: Limit, min_rows: int) -> GateResult:
    """Hold the cautious end of an interval against the limit; too few rows, or none that define it, decide nothing."""
    if isinstance(estimate, Unknown):
        return GateResult(name, None, None, None, limit.limit, "insufficient_data", estimate.why)
    result = GateResult(name, estimate.value, estimate.low, estimate.high, limit.limit, "insufficient_data", "")
    if rows < min_rows:
        return replace(result, why=f"{rows} labelled rows, {min_rows} are needed")
    end, cautious = ("low", estimate.low) if limit.passes == "above" else ("high", estimate.high)
    outcome = _outcome(cautious, limit)
    side = "at least" if limit.passes == "above" else "at most"
    verb = "is" if outcome == "pass" else "is not"
    return replace(result, verdict=outcome, why=f"{end} end {cautious:.4f} {verb} {side} {limit.limit:g}")


def distance(estimate: Estimate) -> Estimate:
    """Fold the interval of a signed difference into one of its size."""
    if isinstance(estimate, Unknown):
        return estimate
    ends = abs(estimate.low), abs(estimate.high)
    nearest = 0.0 if estimate.low <= 0 <= estimate.high else min(ends)
    return Interval(abs(estimate.value), nearest, max(ends), estimate.level)


def _outcome(value: float, limit: Limit) -> Outcome:
    """Compare so that a value that is no number fails."""
    good = value >= limit.limit if limit.passes == "above" else value <= limit.limit
    return "pass" if good else "fail"
