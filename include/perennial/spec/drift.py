"""The part of the spec that says when a column is called drifted: a rate of false alarms, not thresholds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from perennial.spec.types import Column, Days, Many, Strict
from perennial.spec.written import Written

DriftMethod = Literal["psi", "jensenshannon", "hellinger"]
YEAR = 365


class Rate(Strict):
    """So many alarms in so many days."""

    alarms: int
    days: int

    def __str__(self) -> str:
        """Write it as the spec does."""
        return f"{self.alarms} per {self.days}d"

    @property
    def yearly(self) -> float:
        """Alarms a year."""
        return self.alarms * YEAR / self.days


class Confirm(Strict):
    """In how many of how many windows a column has to lie beyond its threshold."""

    k: int
    n: int

    @model_validator(mode="after")
    def _at_most_all(self) -> Confirm:
        if self.k > self.n:
            raise ValueError("k at most n")
        return self

    def __str__(self) -> str:
        """Write it as the spec does."""
        return f"{self.k} of {self.n}"


RateText = Annotated[
    Rate, Written(r"(?P<alarms>[1-9]\d*) per (?P<days>[1-9]\d*)d", "a number of alarms per days", "1 per 365d")
]
"""`1 per 365d`."""
ConfirmText = Annotated[
    Confirm, Written(r"(?P<k>[1-9]\d?) of (?P<n>[1-9]\d?)", "windows of the latest ones,", "2 of 3")
]
"""`2 of 3`."""


class Drift(Strict):
    """When inputs and scores are called drifted. The thresholds are found by simulation (`drift.calibrated`)."""

    false_alarms: RateText = Field(
        default=Rate(alarms=1, days=YEAR), description="of the whole model, while nothing drifts"
    )
    confirm: ConfirmText = Field(
        default=Confirm(k=2, n=3), description="windows in which a column has to drift, the latest among them"
    )
    critical: Many[Column] = Field(default=(), description="columns that count in the latest window alone")
    numeric: DriftMethod = Field(default="psi", description="how the distance of numbers and of the score is measured")
    categorical: DriftMethod = Field(default="psi", description="how the distance of text is measured")
    columns: dict[Column, DriftMethod] = Field(default_factory=dict, description="columns with a method of their own")
    season: Days = Field(
        default=364,
        description="the reference is this long ago where features reach back so far, else the training set; "
        "0d: always the training set",
    )
