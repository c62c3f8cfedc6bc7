"""The part of the spec that says how much computing a model may take."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from perennial.spec.types import Strict
from perennial.spec.written import Written

AMOUNT, DAYS = r"(?P<amount>\d+(?:\.\d+)?)", r"(?P<days>[1-9]\d*)d"
WHAT = "an amount above 0 per days"


class Allowance(Strict):
    """At most so much in so many days of business time."""

    amount: float = Field(gt=0)
    unit: Literal["h", "kg"]
    days: int

    def __str__(self) -> str:
        """Write it as the spec does."""
        return f"{self.amount:g}{self.unit} per {self.days}d"


CpuHours = Annotated[Allowance, Written(rf"{AMOUNT}(?P<unit>h) per {DAYS}", WHAT, "10h per 30d")]
"""`10h per 30d`: hours of CPU time."""
Kilograms = Annotated[Allowance, Written(rf"{AMOUNT}(?P<unit>kg) per {DAYS}", WHAT, "5kg per 365d")]
"""`5kg per 365d`: of CO2 equivalents."""


class Compute(Strict):
    """How much computing all stages of the model may take together, and what follows when it is spent."""

    cpu: CpuHours | None = Field(default=None, description="hours of CPU time, of all stages")
    carbon: Kilograms | None = Field(default=None, description="kilograms of CO2 equivalents, of all stages")
    exceeded: Literal["warn", "stop"] = Field(
        default="warn", description="`stop`: no training is launched until there is room again; scoring goes on"
    )
    price_per_cpu_hour: float | None = Field(default=None, gt=0, description="shown as money, in a unit of your choice")
