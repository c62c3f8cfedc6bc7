"""Figures that no case stands behind, for gates and verdicts that are pure: good ones, and what makes each bad."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from perennial.estimators.clean_process import Smoke
from perennial.policy import Limit, Policy
from perennial.settings import PROJECT
from perennial.spec import Spec, load_spec
from perennial.statistics.resampling import Interval
from perennial.validation.estimate import Calibration, Performance, Unknown
from perennial.validation.gates import GATES, GateResult, Rule
from perennial.validation.measured import Measured

TIERS = ("minimal", "limited", "high")
GOOD: dict[str, Any] = {
    "performance": Performance(
        rows=5_000,
        metric="auc",
        quality=Interval(0.82, 0.80, 0.84),
        baseline=Interval(0.02, 0.01, 0.03),
        champion=Interval(0.03, 0.02, 0.04),
        compared=5_000,
    ),
    "calibration": Calibration(
        rows=5_000,
        in_the_large=Interval(0.01, -0.02, 0.04),
        error=Interval(0.012, 0.0, 0.018),
        skill=Interval(0.3, 0.25, 0.35),
    ),
    "smoke_test": Smoke(ok=True, rows=500, different=0, seconds=1.0, detail=""),
}
BAD: dict[str, dict[str, Any]] = {
    "auc": {"quality": Interval(0.53, 0.50, 0.58)},
    "baseline": {"baseline": Interval(0.01, -0.1, 0.02)},
    "champion": {"champion": Interval(-0.03, -0.13, 0.08)},
    "calibration": {"in_the_large": Interval(-0.21, -0.25, -0.04)},
    "calibration_error": {"error": Interval(0.2, 0.12, 0.35)},
    "brier": {"skill": Interval(0.01, -0.2, 0.04)},
    "smoke_test": {"different": 1},
}
UNDECIDED: dict[str, dict[str, Any]] = {
    "auc": {"quality": Unknown("AUC needs both classes")},
    "baseline": {"baseline": Unknown("expected at least two blocks")},
    "champion": {"champion": Unknown("none of these rows")},
    "calibration": {"in_the_large": Unknown("expected at least two blocks")},
    "calibration_error": {"error": Unknown("expected at least two blocks")},
    "brier": {"skill": Unknown("undefined: it would be divided by 0")},
    "smoke_test": {"rows": 0},
}


def flights() -> Spec:
    """Return the spec of the flights."""
    return load_spec(PROJECT / "include" / "models" / "flight_delay" / "model.yaml")


def policy(tier: str) -> Policy:
    """Return a tier's policy with those of its gates that there are figures for here, all of them enforced."""
    path: Path = PROJECT / "include" / "policies" / f"{tier}.yaml"
    found = Policy.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    gates = {name: limit.model_copy(update={"mode": "enforce"}) for name, limit in found.gates.items() if name in BAD}
    return found.model_copy(update={"gates": gates})


def rule(limit: float, passes: str = "above", tier: str = "high", **changes: Any) -> Rule:
    """Return a rule of a tier."""
    return Rule(Limit(limit=limit, passes=passes), policy(tier).model_copy(update=changes), flights())  # type: ignore[arg-type]


def changed(name: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Return the good figures with those of a gate's family changed."""
    family = GATES[name].family
    return {**GOOD, family: replace(GOOD[family], **changes)}


def measured(figures: dict[str, Any]) -> dict[str, Measured]:
    """Return figures as they come from measuring, with a made-up digest of their evidence."""
    return {family: Measured(one, f"digest of {family}") for family, one in figures.items()}


def run(name: str, figures: dict[str, Any], tier: str = "high", **changes: Any) -> GateResult:
    """Return the one result of a gate with its limit in a tier."""
    limit = policy(tier).gates[name]  # type: ignore[index]
    asked = Rule(limit, policy(tier).model_copy(update=changes), flights())
    (result,) = GATES[name].results(figures[GATES[name].family], asked)
    return result
