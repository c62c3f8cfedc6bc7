"""`model.yaml` as types. Only keys that are honoured today."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from perennial.errors import nearest
from perennial.hashing import digest
from perennial.keys import Window
from perennial.spec.compute import Compute
from perennial.spec.decisions import Behaviour, Cost, Protected, Robustness
from perennial.spec.dependencies import DependsOn
from perennial.spec.gates import GateName, RiskTier
from perennial.spec.monitoring import Monitor
from perennial.spec.notices import Notices
from perennial.spec.retraining import Retrain
from perennial.spec.source import Source, TableContract
from perennial.spec.training import Train
from perennial.spec.types import Column, Days, Duration, Many, Name, Strict

ResamplingUnit = Literal["day", "row"]
WHOM_TO_TELL = frozenset({"notices"})
"""Keys of a spec that only say whom to tell. All others say what the model is and decides."""


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
    depends_on: DependsOn = Field(default_factory=DependsOn)
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
    compute: Compute = Field(default_factory=Compute)
    notices: Notices = Field(default_factory=Notices)

    _folder: Path = PrivateAttr(default=Path())
    _sql: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _names_fit(self) -> Spec:
        for table in self.contract:
            self._known("contract", "a contract for a table of the source", table, self.source.tables)
        if clash := set(self.features.views) & set(self.features.shared):
            raise ValueError(f"a view that is private or shared, not both|{', '.join(sorted(clash))}||features.shared")
        if self.risk_tier == "high" and self.train.task == "regression":
            raise ValueError("an estimator of a class, as tier high is about decisions|a regressor||train.estimator")
        for column in self.slices:
            self._known("slices", "a column of features.request", column, self.features.request)
        for column in self.protected:
            self._known("protected", "a column of features.request", column, self.features.request)
        for column in self.train.mitigation.attributes:
            self._known("train.mitigation.attributes", "a protected attribute", column, self.protected)
        return self

    @staticmethod
    def _known(where: str, what: str, name: str, legal: Iterable[str]) -> None:
        if name not in legal:
            known, near = ", ".join(legal) or "there is none", nearest(name, legal) or ""
            raise ValueError(f"{what} ({known})|{name}|{near}|{where}")

    def placed(self, folder: Path, sql: str | None = None) -> Spec:
        """Take the folder that the spec was read from, and its transform: as it is there now, unless it is given."""
        self._folder = folder
        self._sql = (folder / self.features.sql).read_text(encoding="utf-8") if sql is None else sql
        return self

    @property
    def folder(self) -> Path:
        """The model's folder."""
        return self._folder

    @property
    def sql(self) -> str:
        """The text of features.sql, as it was when the spec was read."""
        return self._sql

    def rules(self, table: str) -> TableContract:
        """Return the contract of a table; one without rules still limits the rows that have no day or a wrong type."""
        return self.contract.get(table, TableContract(expect=()))

    @property
    def span(self) -> Window:
        """The days the source has."""
        return Window(self.source.first, self.source.last)

    @property
    def content(self) -> dict[str, Any]:
        """What the spec and its transform say of the model, as plain JSON values: without whom to tell."""
        return {"spec": self.model_dump(mode="json", exclude=set(WHOM_TO_TELL)), "sql": self.sql}

    @property
    def digest(self) -> str:
        """SHA-256 of `content`: what a verdict is bound to."""
        return digest(self.content)

    @property
    def transform_digest(self) -> str:
        """SHA-256 of what decides the value of a feature: comments of the SQL and other keys do not count."""
        parts = {**self.features.model_dump(mode="json"), "entity": self.entity, "label": self.label.column}
        return digest({"parts": parts, "sql": re.sub(r"--[^\n]*", " ", self.sql).split()})
