"""The part of the spec that says when a new version is made, how, and when to give up."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from perennial.spec.types import Days, SomeDays, Strict
from perennial.spec.written import Written


class Budget(Strict):
    """At most so many trainings in so many days of business time."""

    trainings: int
    days: int

    def __str__(self) -> str:
        """Write it as the spec does."""
        return f"{self.trainings} per {self.days}d"


BudgetText = Annotated[
    Budget, Written(r"(?P<trainings>[1-9]\d*) per (?P<days>[1-9]\d*)d", "a number of trainings per days", "4 per 30d")
]
"""`4 per 30d`."""


class Retrain(Strict):
    """When a new version is made, how, and when to give up."""

    every: SomeDays | None = Field(default=None, description="also without an alarm, this long after the last training")
    on_new_data: SomeDays | None = Field(
        default=None, description="also when this many labelled days have come since the last that was learnt from"
    )
    on_code: bool = Field(
        default=True, description="also when transform or `train` are no longer those that the champion was made with"
    )
    cooldown: Days
    budget: BudgetText
    search: Literal["anew", "warm"] = Field(
        default="anew", description="`warm` takes the champion's parameters instead of searching"
    )
    judge_after: SomeDays = Field(
        default=14, description="labelled days after a promotion on which it is compared with the version before"
    )
    give_up_after: int = Field(
        default=3, ge=1, description="trainings in a row that did not help; then only a person launches or resets"
    )
