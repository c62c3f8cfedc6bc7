"""The part of the spec that says what a model stands on besides its own data, and what follows when that changes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from perennial.spec.types import Many, Name, Strict

OnChange = Literal["revalidate", "retrain", "tell"]


class DependsOn(Strict):
    """Upstream models; shared feature views are named under `features`."""

    models: Many[Name] = Field(default=(), description="models whose predictions are a source of this one")
    on_change: OnChange = Field(
        default="revalidate",
        description="when one of them has another champion, or a shared feature view changed: judge the champion on "
        "`train.holdout` labelled days since, ask for a training, or only tell people",
    )
