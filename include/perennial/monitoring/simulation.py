"""From a reference's counts to thresholds: methods, weights, simulated years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perennial.errors import HistoryIncomplete
from perennial.keys import version_key
from perennial.monitoring.bins import Bins
from perennial.monitoring.case import Case
from perennial.monitoring.counts import Counts
from perennial.spec.drift import Drift, DriftMethod
from perennial.statistics.alarms import Calibration, Rule, calibrate
from perennial.statistics.distances import LEAST
from perennial.statistics.years import YEAR, Plan, distances

WINDOWS, FEWEST_YEARS, MOST_YEARS = 30_000, 200, 1_000
"""Windows that are simulated, and in how many years at least and at most."""
FEWEST_DAYS = 14
"""Days of a reference below which chance from week to week is unknown."""


@dataclass(frozen=True)
class Simulated:
    """Thresholds, and the years that were simulated to find them."""

    found: Calibration
    years: int


def simulated(
    case: Case, side: Counts, methods: Sequence[DriftMethod], weights: NDArray[np.float64], share: NDArray[np.float64]
) -> Simulated:
    """Simulate years from the counts of all columns; `share` as in `statistics.years`. Raises HistoryIncomplete."""
    rules, every, by_row = case.spec.monitor.drift, case.spec.monitor.every, case.spec.resampling_unit == "row"
    if not side.rows or (not by_row and len(side.days) < FEWEST_DAYS):
        raise HistoryIncomplete(
            f"{case.ctx.model}: reference of drift for {version_key(case.number)}",
            expected="rows" if by_row else f"at least {FEWEST_DAYS} days with rows",
            found=f"{side.rows} rows on {len(side.days)} days",
        )
    years = int(np.clip(WINDOWS * every // YEAR, FEWEST_YEARS, MOST_YEARS))
    null = distances(
        side.cells, methods, Plan(len(case.window), every, years, by_row=by_row, lead=rules.confirm.n), share
    )
    rule = Rule(rules.confirm.k, rules.confirm.n, np.array([name in rules.critical for name in side.columns]))
    least, allowed = np.array([LEAST[method] for method in methods]), rules.false_alarms.yearly
    return Simulated(calibrate(null, weights, least, rule=rule, allowed=allowed, every=every), years)


def method_of(rules: Drift, name: str, bins: Bins) -> DriftMethod:
    """Return how a column's distance is measured."""
    return rules.columns.get(name, rules.numeric if bins.numeric else rules.categorical)


def weights_of(names: Sequence[str], importance: Mapping[str, float]) -> NDArray[np.float64]:
    """Weigh columns by the importance that validation found, (columns,), mean 1; one without any weighs the average.

    Half of the weight is everybody's: an importance is an estimate, and what the model hardly reads may break too.
    """
    known = [importance[name] for name in names if name in importance]
    middle = float(np.mean(known)) if known else 0.0
    relative = np.array([importance.get(name, middle) / middle if middle else 1.0 for name in names])
    return np.asarray((1 + relative / relative.mean()) / 2)
