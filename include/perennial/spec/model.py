"""`model.yaml` as types. Only keys that are honoured today."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from perennial.errors import nearest
from perennial.hashing import digest
from perennial.keys import Window
from perennial.spec.decisions import Behaviour, Cost, Mitigation, Protected, Recalibration, Robustness
from perennial.spec.source import Source, TableContract
from perennial.spec.types import BudgetText, Column, Days, Duration, Many, Name, SomeDays, Strict

RiskTier = Literal["minimal", "limited", "high"]
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
DriftMethod = Literal["psi", "wasserstein", "jensenshannon", "hellinger"]
GateName = Literal[
    "auc",
    "r2",
    "baseline",
    "champion",
    "cost",
    "slices",
    "demographic_parity",
    "equalized_odds",
    "equal_opportunity",
    "error_rate",
    "calibration",
    "calibration_error",
    "brier",
    "noise",
    "missing_values",
    "units",
    "unseen_categories",
    "out_of_range",
    "adversarial",
    "behaviour",
    "additivity",
    "leak",
    "reason_stability",
    "latency_row",
    "latency_batch",
    "memory",
    "artifact_size",
    "artifact",
    "vulnerabilities",
    "smoke_test",
    "reproduction",
]
ResamplingUnit = Literal["day", "row"]


class View(Strict):
    """A private feature view: a relation of features.sql with its keys."""

    entities: Many[Column] = Field(min_length=1)
    ttl: Duration = Field(description="how long a value stands when no newer one came")


class Features(Strict):
    """What features.sql makes."""

    sql: str = "features.sql"
    lookback: Days = Field(description="features of day D are computed from the raw days D-lookback..D")
    request: Many[Column] = Field(
        default=(), description="columns of `examples` that are known when the question is asked"
    )
    views: dict[Name, View] = Field(default_factory=dict)
    shared: Many[Name] = Field(default=(), description="feature views of feature_repo/")


class Label(Strict):
    """What is predicted, and when it can be known."""

    column: Column
    matures_after: Days = Field(description="days after a partition's end until its labels are taken as known")


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


class Retrain(Strict):
    """When a new version is made."""

    every: SomeDays | None = Field(default=None, description="also without a signal")
    cooldown: Days
    budget: BudgetText


class Spec(Strict):
    """One model: all that Perennial needs to know of it besides its transform."""

    name: Name
    owner: str = Field(min_length=1)
    risk_tier: RiskTier
    decision: str = Field(min_length=1, description="what is done with a score")
    source: Source
    contract: dict[Name, TableContract] = Field(default_factory=dict)
    entity: Column = Field(description="the column of `examples` that names one thing to decide about")
    features: Features
    label: Label
    cost: Cost = Field(default_factory=Cost)
    resampling_unit: ResamplingUnit = Field(
        default="day",
        description="what is drawn for an interval: `day` where rows of one day depend on each other, else `row`",
    )
    slices: Many[Column] = Field(default=(), description="request columns whose groups are looked at one by one")
    protected: dict[Column, Protected] = Field(default_factory=dict)
    train: Train
    behaviour: Behaviour = Field(default_factory=Behaviour)
    robustness: Robustness = Field(default_factory=Robustness)
    gates: dict[GateName, float] = Field(default_factory=dict, description="limits tighter than the policy's")
    monitor: Monitor
    retrain: Retrain

    _folder: Path = PrivateAttr(default=Path())
    _sql: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _names_fit(self) -> Spec:
        for table in self.contract:
            if table not in self.source.tables:
                raise ValueError(f"a contract for a table of the source ({', '.join(self.source.tables)})|{table}|")
        if clash := set(self.features.views) & set(self.features.shared):
            raise ValueError(f"a view that is private or shared, not both|{', '.join(sorted(clash))}|")
        if self.risk_tier == "high" and self.train.task == "regression":
            raise ValueError("an estimator of a class: tier high is about decisions, and a number is none|a regressor|")
        for column in (*self.slices, *self.protected):
            self._known("a column of features.request", column, self.features.request)
        for column in self.train.mitigation.attributes:
            self._known("a protected attribute", column, self.protected)
        return self

    @staticmethod
    def _known(what: str, column: str, legal: Iterable[str]) -> None:
        if column not in legal:
            raise ValueError(f"{what} ({', '.join(legal) or 'there is none'})|{column}|{nearest(column, legal) or ''}")

    def placed(self, folder: Path) -> Spec:
        """Take the folder that the spec was read from, and its transform as it is now."""
        self._folder = folder
        self._sql = (folder / self.features.sql).read_text(encoding="utf-8")
        return self

    @property
    def folder(self) -> Path:
        """The model's folder."""
        return self._folder

    @property
    def sql(self) -> str:
        """The text of features.sql, as it was when the spec was read."""
        return self._sql

    @property
    def span(self) -> Window:
        """The days the source has."""
        return Window(self.source.first, self.source.last)

    @property
    def content(self) -> dict[str, Any]:
        """The spec and its transform as plain JSON values."""
        return {"spec": self.model_dump(mode="json"), "sql": self.sql}

    @property
    def digest(self) -> str:
        """SHA-256 of the spec and its transform: what a verdict is bound to."""
        return digest(self.content)

    @property
    def transform_digest(self) -> str:
        """SHA-256 of what decides the value of a feature: comments of the SQL and other keys do not count."""
        parts = {**self.features.model_dump(mode="json"), "entity": self.entity, "label": self.label.column}
        return digest({"parts": parts, "sql": re.sub(r"--[^\n]*", " ", self.sql).split()})
