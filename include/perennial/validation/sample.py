"""Rows of the holdout as the candidate is given them: changed at will, and decided as they would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perennial.estimators.artifact import MANIFEST
from perennial.estimators.columns import Column, Columns, to_frame
from perennial.estimators.decision_rule import DecisionRule, decide
from perennial.estimators.manifest import Manifest
from perennial.estimators.predict import predict
from perennial.validation.case import Case
from perennial.validation.flips import Answers

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


@dataclass(frozen=True)
class Sample:
    """Rows with all that their decision needs; groups and lots stay when a row is changed."""

    model: Pipeline
    rule: DecisionRule | None
    """None where the model predicts a number: that is no decision"""
    version: str
    frame: pd.DataFrame
    """the model's columns"""
    groups: pd.DataFrame
    ids: Sequence[Any]
    columns: tuple[Column, ...]
    """the model's columns with what training saw of each"""

    @classmethod
    def of(cls, case: Case) -> Sample:
        """Take the sample of a case."""
        table = case.scored.sample
        return cls(
            model=case.model,
            rule=case.rule if case.spec.train.task == "classification" else None,
            version=case.ctx.named(case.candidate["version"]),
            frame=to_frame(table, Columns.of(case.model)),
            groups=table.select(list(case.rule.attributes)).to_pandas(),
            ids=table.column(case.spec.entity).to_pylist(),
            columns=Manifest.read(case.path.with_name(MANIFEST)).columns,
        )

    def kind(self, kind: str) -> tuple[Column, ...]:
        """Return the numeric or the categorical columns."""
        return tuple(column for column in self.columns if column.kind == kind)

    def ask(self, rows: pd.DataFrame, places: NDArray[np.int64] | None = None) -> Answers:
        """Score and decide changed rows that stand at these places of the sample (default: all)."""
        scores = predict(self.model, rows)
        if self.rule is None:
            return Answers(scores, None)
        at = np.arange(len(self.frame)) if places is None else places
        ids = [self.ids[place] for place in at]
        return Answers(scores, decide(self.rule, scores, self.groups.iloc[at], ids, self.version))
