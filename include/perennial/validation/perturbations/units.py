"""A number that comes in another unit: metres for kilometres, cents for dollars; and who would see it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perennial.estimators.columns import Column
from perennial.spec import Spec

BETWEEN = "expect_column_values_to_be_between"
Bools = NDArray[np.bool_]


def swapped(frame: pd.DataFrame, column: str, factor: float) -> pd.DataFrame:
    """Return the rows with one number in another unit."""
    return frame.assign(**{column: frame[column] * factor})


def refused(values: Any, column: str, spec: Spec) -> Bools:
    """Tell which values the data contract keeps out: a rule of range on a raw column of the same name; (n,)."""
    rules = [rule.arguments for contract in spec.contract.values() for rule in contract.expect if rule.name == BETWEEN]
    mine = [rule for rule in rules if rule["column"] == column]
    return _any((outside(values, rule.get("min_value"), rule.get("max_value")) for rule in mine), len(values))


def beyond(values: Any, column: Column) -> Bools:
    """Tell which values training never saw the like of; (n,)."""
    return outside(values, column.low, column.high)


def outside(values: Any, low: float | None, high: float | None) -> Bools:
    """Tell which values are below or above; a missing one is neither; (n,)."""
    below, above = values < (-np.inf if low is None else low), values > (np.inf if high is None else high)
    return np.asarray(below | above)


def _any(found: Iterable[Bools], rows: int) -> Bools:
    return np.asarray(np.logical_or.reduce([np.zeros(rows, dtype=bool), *found]))
