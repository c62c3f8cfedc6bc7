"""The page for people: the only door to Evidently. It measures samples by our distances, on our bins."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perennial.monitoring.bins import Bins
from perennial.spec.drift import DriftMethod
from perennial.statistics.distances import DISTANCES

if TYPE_CHECKING:
    import pandas as pd

EMPTY = "<!DOCTYPE html><html><body></body></html>"


@dataclass(frozen=True)
class Shown:
    """How a column is measured; it holds something on both sides."""

    bins: Bins
    method: DriftMethod
    threshold: float


@dataclass(frozen=True)
class Page:
    """The distance of each column on the samples, and Evidently's page of them."""

    distances: Mapping[str, float]
    html: str


def page(current: Sequence[pd.DataFrame], reference: Sequence[pd.DataFrame], shown: Mapping[str, Shown]) -> Page:
    """Let Evidently measure and draw the columns; a side is made of parts with different columns and rows."""
    before, now = (_Side.of(parts, shown) for parts in (reference, current))
    shown = {name: one for name, one in shown.items() if before.holds(name) and now.holds(name)}
    if not shown:
        return Page({}, EMPTY)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it imports deprecates itself, in the middle of a person's terminal
        from evidently import DataDefinition, Dataset, Report
        from evidently.metrics import ValueDrift

    definition = DataDefinition(
        numerical_columns=[name for name, one in shown.items() if one.bins.numeric],
        categorical_columns=[name for name, one in shown.items() if not one.bins.numeric],
    )
    _register(shown, before.missing, now.missing)
    metrics = [
        ValueDrift(column=name, method=_title(one.method), threshold=one.threshold) for name, one in shown.items()
    ]
    sides = [Dataset.from_pandas(side.frame[list(shown)], data_definition=definition) for side in (now, before)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its plots divide by the spread of columns that have none
        snapshot = Report(metrics).run(*sides)
        measured = {one["config"]["column"]: float(one["value"]) for one in snapshot.dict()["metrics"]}
        return Page(measured, _html(snapshot))


def with_summary(html: str, summary: str) -> str:
    """Put a summary above everything else on a page."""
    return html.replace("<body>", f"<body>{summary}", 1)


@dataclass(frozen=True)
class _Side:
    """A sample as Evidently takes it, and how many values of each column are missing."""

    frame: pd.DataFrame
    rows: Mapping[str, int]
    missing: Mapping[str, int]

    @classmethod
    def of(cls, parts: Sequence[pd.DataFrame], shown: Mapping[str, Shown]) -> _Side:
        """Put parts of different lengths side by side; the shorter end in missing values, which are not drawn."""
        import numpy as np
        import pandas as pd

        given = [part[[name for name in part if name in shown]].reset_index(drop=True) for part in parts]
        kinds = {name: float if one.bins.numeric else object for name, one in shown.items()}
        typed = [part.astype({str(name): kinds[str(name)] for name in part}) for part in given]
        tidy = [part.replace([np.inf, -np.inf], np.nan) for part in typed]
        rows = {str(name): len(part) for part in tidy for name in part}
        missing = {str(name): int(column.isna().sum()) for part in tidy for name, column in part.items()}
        return cls(pd.concat(tidy, axis=1), rows, missing)

    def holds(self, name: str) -> bool:
        """Tell whether a column holds something; one that does not would lose Evidently's whole report."""
        return self.missing[name] < self.rows[name]


def _register(shown: Mapping[str, Shown], before: Mapping[str, int], now: Mapping[str, int]) -> None:
    """Teach Evidently our distances; it hands over what is there of a column, so what is missing was counted before."""
    from evidently.legacy.calculations.stattests import StatTest, register_stattest
    from evidently.legacy.core import ColumnType

    def measure(reference: Any, current: Any, _kind: Any, threshold: float) -> tuple[float, bool]:
        name = str(current.name)
        one = shown[name]
        distance = DISTANCES[one.method](one.bins.count(reference, before[name]), one.bins.count(current, now[name]))
        return float(distance), float(distance) > threshold

    for method in {one.method for one in shown.values()}:
        kinds = [ColumnType.Numerical, ColumnType.Categorical]
        register_stattest(StatTest(_title(method), _title(method), kinds), measure)


def _title(method: DriftMethod) -> str:
    return f"{method} on fixed bins"


def _html(snapshot: Any) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        snapshot.save_html(str(path))
        return path.read_text(encoding="utf-8")
