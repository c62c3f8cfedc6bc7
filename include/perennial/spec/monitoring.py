"""The part of the spec that says when the champion is looked at, and what raises a signal."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from perennial.spec.types import Column, SomeDays, Strict

DriftMethod = Literal["psi", "wasserstein", "jensenshannon", "hellinger"]


class Drift(Strict):
    """How the distance of one kind of column is measured, and from where on it is called drift."""

    method: DriftMethod
    threshold: float = Field(gt=0)


class Performance(Strict):
    """How much of its performance a champion may lose before a signal is raised."""

    max_loss: float = Field(gt=0, le=0.5, description="of AUC, or of R squared where a number is predicted")
    max_calibration_error: float = Field(gt=0, description="of mean prediction against observed share")


class Monitor(Strict):
    """When the champion is looked at, and what raises a signal."""

    every: SomeDays
    window: SomeDays
    sample: int = Field(default=20_000, ge=1_000, description="rows of each side that the drift report is made on")
    numeric: Drift
    categorical: Drift
    columns: dict[Column, Drift] = Field(default_factory=dict, description="columns with a rule of their own")
    performance: Performance
