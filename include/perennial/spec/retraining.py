"""The part of the spec that says when a new version is made."""

from __future__ import annotations

from pydantic import Field

from perennial.spec.types import BudgetText, Days, SomeDays, Strict


class Retrain(Strict):
    """When a new version is made."""

    every: SomeDays | None = Field(default=None, description="also without a signal")
    cooldown: Days
    budget: BudgetText
