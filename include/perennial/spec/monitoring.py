"""The part of the spec that says when the champion is looked at, and what counts as an alarm."""

from __future__ import annotations

from pydantic import Field

from perennial.spec.drift import YEAR, Drift, Rate, RateText
from perennial.spec.run_times import Limit, StageName
from perennial.spec.types import Days, SomeDays, Strict


class Performance(Strict):
    """How much of its performance a champion may lose before it is an alarm."""

    max_loss: float = Field(gt=0, le=0.5, description="of AUC, or of R squared where a number is predicted")
    max_calibration_error: float = Field(
        gt=0, description="of mean prediction against observed share; in standard deviations of a predicted number"
    )
    false_alarms: RateText = Field(
        default=Rate(alarms=1, days=YEAR),
        description="about, of a champion that lost nothing: it says how sure of a loss one has to be",
    )


class Estimate(Strict):
    """How performance is estimated before labels come."""

    labelled_days: SomeDays = Field(default=14, description="the newest labelled days that scores are calibrated on")


class Monitor(Strict):
    """When the champion is looked at, and what counts as an alarm."""

    every: SomeDays
    window: SomeDays
    sample: int = Field(default=20_000, ge=1_000, description="rows of each side that the drift page is drawn from")
    drift: Drift = Field(default_factory=Drift)
    performance: Performance
    estimate: Estimate = Field(default_factory=Estimate)
    late_labels: Days = Field(
        default=28,
        description="how long a window whose labels should be there is told again when more come",
    )
    run_times: dict[StageName, Limit] = Field(
        default_factory=dict,
        description="how long a run of a stage may take, from its being queued, before people are told: {score: 30m}",
    )
