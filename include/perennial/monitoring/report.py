"""The drift report: the only door to Evidently. A fixed method and threshold for each column."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from perennial.spec.monitoring import Drift

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ColumnDrift:
    """The distance of one column between reference and current."""

    method: str
    value: float | None
    """None where there was nothing to compare."""
    threshold: float
    drifted: bool
    note: str = ""


@dataclass(frozen=True)
class DriftReport:
    """The distance of every column, and the page for people."""

    columns: Mapping[str, ColumnDrift]
    html: str

    @property
    def drifted(self) -> list[str]:
        """Name the columns that drifted, the farthest first."""
        hits = [name for name, column in self.columns.items() if column.drifted]
        return sorted(hits, key=lambda name: (-(self.columns[name].value or 0.0), name))


def drift_report(
    current: pd.DataFrame, reference: pd.DataFrame, numeric: Mapping[str, Drift], categorical: Mapping[str, Drift]
) -> DriftReport:
    """Compare two samples, (n, columns) and (m, columns), column by column.

    A column that holds nothing on one side would lose Evidently's whole report; it is told apart here: vanished or
    new is drift, empty on both sides is nothing.
    """
    rules = {**numeric, **categorical}
    empty = {name: _empty(current[name], reference[name], rule) for name, rule in rules.items()}
    full = {name: rule for name, rule in rules.items() if empty[name] is None}
    measured, html = _measure(current, reference, full, set(numeric)) if full else ({}, "")
    columns = {name: empty[name] or measured[name] for name in rules}
    return DriftReport({name: column for name, column in columns.items() if column}, html)


def _empty(current: pd.Series, reference: pd.Series, rule: Drift) -> ColumnDrift | None:
    gone, never = bool(current.isna().all()), bool(reference.isna().all())
    if not gone and not never:
        return None
    note = "empty on both sides" if gone and never else "holds nothing now" if gone else "held nothing in the reference"
    return ColumnDrift(rule.method, None, rule.threshold, drifted=gone != never, note=note)


def _measure(
    current: pd.DataFrame, reference: pd.DataFrame, rules: Mapping[str, Drift], numeric: set[str]
) -> tuple[dict[str, ColumnDrift], str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it imports deprecates itself, in the middle of a person's terminal
        from evidently import DataDefinition, Dataset, Report
        from evidently.metrics import ValueDrift

    definition = DataDefinition(
        numerical_columns=[name for name in rules if name in numeric],
        categorical_columns=[name for name in rules if name not in numeric],
    )
    metrics = [ValueDrift(column=name, method=rule.method, threshold=rule.threshold) for name, rule in rules.items()]
    sides = [Dataset.from_pandas(frame[list(rules)], data_definition=definition) for frame in (current, reference)]
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # divisions by empty bins inside the library: the distance is defined all the same
        snapshot = Report(metrics).run(*sides)
        values = {
            metric["config"]["column"]: float(metric["value"])
            for metric in snapshot.dict()["metrics"]
            if metric["config"]["type"].endswith(":ValueDrift")
        }
        html = _page(snapshot)
    found = {
        name: ColumnDrift(rule.method, values[name], rule.threshold, drifted=values[name] >= rule.threshold)
        for name, rule in rules.items()
    }
    return found, html


def _page(snapshot: object) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        snapshot.save_html(str(path))  # type: ignore[attr-defined]
        return path.read_text(encoding="utf-8")
