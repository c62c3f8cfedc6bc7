"""One candidate on its holdout: all that a measure may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perennial.context import Context
from perennial.datasets.definition import DAY
from perennial.estimators.artifact import load
from perennial.estimators.decision_rule import DecisionRule, rule_of
from perennial.policy import Policy
from perennial.spec import Spec

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from perennial.validation.holdout import Scored


@dataclass(frozen=True)
class Case:
    """The candidate and the champion as the ledger has them, and the holdout with the scores of both."""

    ctx: Context
    policy: Policy
    candidate: Mapping[str, Any]
    champion: Mapping[str, Any] | None
    scored: Scored
    folder: Path
    """Scratch that lasts as long as the case."""

    @property
    def spec(self) -> Spec:
        """The spec in force."""
        return self.ctx.spec

    @cached_property
    def model(self) -> Pipeline:
        """The candidate, loaded as it is for scoring."""
        return load(self.path, self.candidate["artifact"]["sha256"])

    @cached_property
    def champion_model(self) -> Pipeline | None:
        """The champion, loaded as it is for scoring; None where there is none."""
        if self.champion is None:
            return None
        artifact = self.champion["artifact"]
        return load(self.ctx.settings.artifacts / artifact["path"], artifact["sha256"])

    @property
    def path(self) -> Path:
        """The candidate's model file."""
        return self.ctx.settings.artifacts / str(self.candidate["artifact"]["path"])

    @property
    def rule(self) -> DecisionRule:
        """How the candidate's scores become decisions."""
        return rule_of(self.candidate, self.spec.cost)

    @cached_property
    def blocks(self) -> NDArray[Any]:
        """The resampling unit of each row, (n,): its day, or the row itself."""
        frame: pd.DataFrame = self.scored.frame
        if self.spec.resampling_unit == "row":
            return np.arange(len(frame))
        return frame[DAY].astype(str).to_numpy()
