"""The part of the spec that says how long a stage may take before somebody is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, WithJsonSchema

from perennial.spec.types import WallTime

StageName = Literal[
    "ingest", "features", "train", "validate", "promote", "score", "monitor", "retrain", "archive", "clock", "ask"
]
"""The DAGs of a model."""


def _some(value: timedelta) -> timedelta:
    if not value:
        raise ValueError("more than no time, such as 30m")
    return value


Limit = Annotated[
    WallTime,
    AfterValidator(_some),
    WithJsonSchema({"type": "string", "pattern": r"^\d*[1-9]\d*[dhms]$", "examples": ["30m", "2h"]}),
]
"""Wall time from the moment a run is queued until it has to be done."""
