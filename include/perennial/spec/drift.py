"""The part of the spec that says when a column is called drifted: a rate of false alarms, not thresholds."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from perennial.spec.types import Column, Days, Many, Strict

DriftMethod = Literal["psi", "jensenshannon", "hellinger"]
YEAR = 365


class Rate(Strict):
    """So many alarms in so many days; written `1 per 365d`."""

    alarms: int
    days: int

    @classmethod
    def read(cls, value: object) -> Rate:
        """Read `1 per 365d`; raises ValueError."""
        if isinstance(value, Rate):
            return value
        match = re.fullmatch(r"([1-9]\d*) per ([1-9]\d*)d", str(value))
        if not match:
            raise ValueError("a number of alarms per days such as 1 per 365d")
        return cls(alarms=int(match[1]), days=int(match[2]))

    def __str__(self) -> str:
        """Write it as the spec does."""
        return f"{self.alarms} per {self.days}d"

    @property
    def yearly(self) -> float:
        """Alarms a year."""
        return self.alarms * YEAR / self.days


class Confirm(Strict):
    """In how many of how many windows a column has to lie beyond its threshold; written `2 of 3`."""

    k: int
    n: int

    @classmethod
    def read(cls, value: object) -> Confirm:
        """Read `2 of 3`; raises ValueError."""
        if isinstance(value, Confirm):
            return value
        match = re.fullmatch(r"([1-9]\d?) of ([1-9]\d?)", str(value))
        if not match or int(match[1]) > int(match[2]):
            raise ValueError("windows of the latest ones, such as 2 of 3")
        return cls(k=int(match[1]), n=int(match[2]))

    def __str__(self) -> str:
        """Write it as the spec does."""
        return f"{self.k} of {self.n}"


RateText = Annotated[
    Rate,
    BeforeValidator(Rate.read),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": r"^[1-9]\d* per [1-9]\d*d$", "examples": ["1 per 365d"]}),
]
ConfirmText = Annotated[
    Confirm,
    BeforeValidator(Confirm.read),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": r"^[1-9]\d? of [1-9]\d?$", "examples": ["2 of 3"]}),
]


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
