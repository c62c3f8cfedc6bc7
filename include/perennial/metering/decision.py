"""Is there room in the budget, and may a training be launched? Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from perennial.ledger.history import History
from perennial.metering.spent import Spent, spent, total
from perennial.spec.compute import Allowance, Compute
from perennial.spec.model import Spec

Verdict = Literal["within", "near", "exceeded"]
NEAR = 0.8
"""The share of a budget from which on people are told."""


@dataclass(frozen=True)
class Share:
    """How much of one budget is used."""

    what: Literal["cpu", "carbon"]
    used: float
    allowed: Allowance

    @property
    def ratio(self) -> float:
        """The used part; 1 is all."""
        return self.used / self.allowed.amount

    @property
    def verdict(self) -> Verdict:
        """Within the budget, near its end, or beyond."""
        return "exceeded" if self.ratio >= 1 else "near" if self.ratio >= NEAR else "within"

    def __str__(self) -> str:
        """Say it in a line: cpu 11.2h of 10h per 30d, 112 %."""
        return f"{self.what} {self.used:.3g}{self.allowed.unit} of {self.allowed}, {self.ratio:.0%}"


def shares(history: History, compute: Compute, now: datetime | None) -> list[Share]:
    """Return the share of each budget that the spec has; `now` is business time."""

    def used(allowed: Allowance) -> Spent:
        return total(spent(history, allowed.days, now).values())

    found = []
    if compute.cpu:
        found.append(Share("cpu", used(compute.cpu).cpu_hours, compute.cpu))
    if compute.carbon:
        found.append(Share("carbon", used(compute.carbon).kg_co2e, compute.carbon))
    return found


def over_budget(history: History, spec: Spec, now: datetime | None) -> str | None:
    """Return why no training may be launched at `now`, or None while there is room, or where a budget only warns.

    The words do not tell by how much: the same wait is one decision, however often it is taken.
    """
    used = shares(history, spec.compute, now) if spec.compute.exceeded == "stop" else []
    spent_up = [f"{one.what} {one.allowed}" for one in used if one.verdict == "exceeded"]
    return f"the budget for computing is spent: {', '.join(spent_up)}" if spent_up else None
