"""The part of the spec that says how much computing a model may take."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from perennial.spec.types import Strict

Unit = Literal["h", "kg"]


class Allowance(Strict):
    """At most so much in so many days of business time; written `10h per 30d`."""

    amount: float
    unit: Unit
    days: int

    def __str__(self) -> str:
        """Write it as the spec does."""
        return f"{self.amount:g}{self.unit} per {self.days}d"


def _read(value: object, unit: Unit, example: str) -> Allowance:
    if isinstance(value, Allowance):
        return value
    match = re.fullmatch(rf"(\d+(?:\.\d+)?){unit} per ([1-9]\d*)d", str(value))
    if not match or not float(match[1]):
        raise ValueError(f"an amount above 0 per days such as {example}")
    return Allowance(amount=float(match[1]), unit=unit, days=int(match[2]))


def _schema(unit: Unit, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": rf"^\d+(\.\d+)?{unit} per [1-9]\d*d$", "examples": [example]})


CpuHours = Annotated[
    Allowance,
    BeforeValidator(lambda value: _read(value, "h", "10h per 30d")),
    PlainSerializer(str),
    _schema("h", "10h per 30d"),
]
"""`10h per 30d`: hours of CPU time."""
Kilograms = Annotated[
    Allowance,
    BeforeValidator(lambda value: _read(value, "kg", "5kg per 365d")),
    PlainSerializer(str),
    _schema("kg", "5kg per 365d"),
]
"""`5kg per 365d`: of CO2 equivalents."""


class Compute(Strict):
    """How much computing all stages of the model may take together, and what follows when it is spent."""

    cpu: CpuHours | None = Field(default=None, description="hours of CPU time, of all stages")
    carbon: Kilograms | None = Field(default=None, description="kilograms of CO2 equivalents, of all stages")
    exceeded: Literal["warn", "stop"] = Field(
        default="warn", description="`stop`: no training is launched until there is room again; scoring goes on"
    )
    price_per_cpu_hour: float | None = Field(default=None, gt=0, description="shown as money, in a unit of your choice")
