"""The part of the spec that says how a version is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from perennial.spec.decisions import Mitigation, Recalibration
from perennial.spec.types import Many, SomeDays, Strict

EstimatorName = Literal[
    "sklearn.ensemble.HistGradientBoostingClassifier",
    "sklearn.ensemble.RandomForestClassifier",
    "sklearn.linear_model.LogisticRegression",
    "sklearn.ensemble.HistGradientBoostingRegressor",
    "sklearn.ensemble.RandomForestRegressor",
    "sklearn.linear_model.Ridge",
]
REGRESSORS = frozenset(
    {
        "sklearn.ensemble.HistGradientBoostingRegressor",
        "sklearn.ensemble.RandomForestRegressor",
        "sklearn.linear_model.Ridge",
    }
)
"""Estimators that predict a number; the others predict the probability of a class."""
Task = Literal["classification", "regression"]
Quality = Literal["auc", "r2"]
"""How a task's predictions are ranked: area under the ROC curve, or the share of the spread that is explained."""
NAMES: Mapping[Quality, str] = {"auc": "AUC", "r2": "R squared"}


class Search(Strict):
    """Candidates that are tried on time-ordered folds of the training days."""

    trials: int = Field(ge=1, le=200)
    folds: int = Field(default=3, ge=2, le=10)
    parameters: dict[str, Many[Any]] = Field(min_length=1)


class Train(Strict):
    """How a version is made."""

    window: SomeDays = Field(description="days of history a version is made from, the holdout included")
    holdout: SomeDays = Field(description="newest days of the window, kept for validation")
    estimator: EstimatorName
    parameters: dict[str, Any] = Field(default_factory=dict)
    search: Search | None = None
    recalibrate: Recalibration = Field(default="none", description="fitted on the newest fold of the fit days")
    mitigation: Mitigation = Field(default_factory=Mitigation)
    seed: int = 0

    @property
    def task(self) -> Task:
        """What the estimator predicts."""
        return "regression" if self.estimator in REGRESSORS else "classification"

    @property
    def quality(self) -> Quality:
        """How its predictions are ranked."""
        return "r2" if self.task == "regression" else "auc"

    @model_validator(mode="after")
    def _a_class_has_decisions(self) -> Train:
        if self.task == "regression" and (self.recalibrate != "none" or self.mitigation.method != "none"):
            raise ValueError("no `recalibrate` and no `mitigation` where a number is predicted: it is no decision")
        return self

    @model_validator(mode="after")
    def _room_to_learn(self) -> Train:
        if self.holdout >= self.window:
            raise ValueError(f"`holdout` shorter than `window` ({self.window}d), found {self.holdout}d")
        return self
