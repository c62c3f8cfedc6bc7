"""The gates of a risk tier: limits, approval, and what a model's spec may tighten."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from perennial.errors import SpecError, nearest
from perennial.hashing import digest
from perennial.spec.gates import GateName, RiskTier
from perennial.spec.model import Spec
from perennial.spec.types import Strict, WallTime


class Limit(Strict):
    """One gate's limit, on which side of it a candidate passes, and whether failing stops it or is only reported."""

    limit: float
    passes: Literal["above", "below"]
    mode: Literal["enforce", "report"] = "enforce"

    def tighter(self, limit: float) -> bool:
        """Tell whether `limit` lets no candidate pass that this one stops."""
        return limit >= self.limit if self.passes == "above" else limit <= self.limit


class Approval(Strict):
    """Who makes a validated version champion; durations are wall time, people's own."""

    by: Literal["automatic", "people"]
    people: int = Field(default=1, ge=1, le=5, description="different people who have to say yes")
    approvers: list[str] = Field(
        default_factory=list,
        description="who may be asked, by the names they enter Airflow with; none: everybody known",
    )
    independent: bool = Field(default=False, description="none of them asked for the training or last changed the spec")
    answer_within: WallTime = Field(default=timedelta(days=7), description="no answer by then is a rejection")
    remind_after: WallTime = timedelta(days=3)
    escalate_after: WallTime = timedelta(days=5)
    review_within: WallTime = Field(
        default=timedelta(days=1), description="an emergency promotion is rolled back unless a second person agrees"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Approval:
        if not self.remind_after < self.escalate_after < self.answer_within:
            raise ValueError("remind_after < escalate_after < answer_within")
        return self


class Policy(Strict):
    """What a version of a risk tier must show before it may decide anything."""

    tier: RiskTier
    approval: Approval
    min_rows: int = Field(ge=1, description="labelled holdout rows below which an estimate decides nothing")
    min_group: int = Field(
        default=100, ge=1, description="rows below which a slice or a group of people is called small"
    )
    min_positives: int = Field(
        default=30, ge=1, description="rows labelled 1 below which a group has no true positive rate to judge"
    )
    insufficient_data: Literal["blocks", "is_reported"]
    longest_waiver: WallTime = Field(
        default=timedelta(days=365), description="how long a person may let candidates past a gate"
    )
    gates: dict[GateName, Limit]

    @property
    def digest(self) -> str:
        """SHA-256 of the policy: stands in every verdict."""
        return digest(self.model_dump(mode="json"))


def load_policy(policies: Path, spec: Spec) -> Policy:
    """Read the policy of the spec's tier, tightened as the spec asks; raises SpecError where it would be loosened."""
    policy = policy_of(policies, spec.risk_tier)
    gates = dict(policy.gates)
    for name, limit in spec.gates.items():
        if name not in gates or not gates[name].tighter(limit):
            raise _loosens(spec, name, limit, gates)
        gates[name] = gates[name].model_copy(update={"limit": limit})
    return policy.model_copy(update={"gates": gates})


def policy_of(policies: Path, tier: RiskTier) -> Policy:
    """Read the policy of a tier, as no spec has tightened it; raises SpecError."""
    path = policies / f"{tier}.yaml"
    try:
        return Policy.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        tiers = sorted(entry.stem for entry in path.parent.glob("*.yaml"))
        raise SpecError(
            str(path), expected=f"a policy of {', '.join(tiers)}", found="no file", nearest=nearest(path.stem, tiers)
        ) from None
    except ValidationError as invalid:
        error = invalid.errors()[0]
        raise SpecError(
            f"{path}: {'.'.join(map(str, error['loc']))}", expected=error["msg"], found=repr(error.get("input"))[:80]
        ) from None


def _loosens(spec: Spec, name: str, limit: float, gates: dict[GateName, Limit]) -> SpecError:
    known = gates.get(name)  # type: ignore[call-overload]
    where = f"{spec.folder / 'model.yaml'}: gates.{name}"
    command = f"perennial validate {spec.name}"
    if known is None:
        return SpecError(
            where,
            expected=f"a gate of the tier {spec.risk_tier}: {', '.join(gates)}",
            found=name,
            nearest=nearest(name, gates),
            next_command=command,
        )
    side = "at least" if known.passes == "above" else "at most"
    return SpecError(
        where,
        expected=f"a limit as tight as the policy's: {side} {known.limit}",
        found=str(limit),
        nearest=str(known.limit),
        next_command=command,
    )
