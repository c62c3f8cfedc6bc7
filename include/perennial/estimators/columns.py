"""The columns a model reads, by name and kind, and how data become the frame that it is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Data: TypeAlias = "pa.RecordBatch | pa.Table | pd.DataFrame"


@dataclass(frozen=True)
class Column:
    """A column as training saw it: a number has its range, a category its values (None for missing)."""

    name: str
    kind: Literal["numeric", "categorical"]
    low: float | None = None
    high: float | None = None
    categories: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class Columns:
    """Names by kind; each kind is put in alphabetical order, so that equal sets make equal models."""

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]

    def __post_init__(self) -> None:
        """Sort, and refuse an empty set or a column named twice (ValueError)."""
        object.__setattr__(self, "numeric", tuple(sorted(self.numeric)))
        object.__setattr__(self, "categorical", tuple(sorted(self.categorical)))
        if not self.names or len(set(self.names)) != len(self.names):
            raise ValueError(f"expected columns, each named once, found {self.names}")

    @property
    def names(self) -> tuple[str, ...]:
        """All names in the order the estimator sees them: numeric, then categorical."""
        return self.numeric + self.categorical

    @classmethod
    def of(cls, model: Any) -> Columns:
        """Read the columns back from a pipeline that `build` made."""
        chosen = {name: tuple(columns) for name, _, columns in model.named_steps["columns"].transformers}
        return cls(chosen.get("numeric", ()), chosen.get("categorical", ()))


def to_frame(data: Data, columns: Columns) -> pd.DataFrame:
    """Return the columns in order: numeric as float64 with NaN, categorical as text with NaN.

    A category that is a whole number is the same text whatever its type (3, 3.0 and "3"), because a missing value
    turns a column of integers into one of floats. Raises ValueError for a column that is missing or is not a number.
    """
    table = _select(data, columns.names)
    made = {name: numeric(name, table.column(name)) for name in columns.numeric}
    made |= {name: text(table.column(name)) for name in columns.categorical}
    return pd.DataFrame(made, copy=False)


def numeric(name: str, column: Any) -> Any:
    """Return numbers or booleans as float64, (n,), NaN where missing; raises ValueError for another type."""
    kind = column.type
    if not any(accepts(kind) for accepts in _NUMBERS):
        raise ValueError(f"column {name!r}: expected numbers, found {kind}")
    return column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)


def text(column: Any) -> Any:
    """Return categories as text, object (n,), NaN where missing: scikit-learn takes None for one more category."""
    if pa.types.is_floating(column.type):
        column = column.cast(pa.float64())
        whole = pc.and_(pc.equal(pc.trunc(column), column), pc.less(pc.abs(column), 2**53))
        integers = pc.if_else(whole, column, None).cast(pa.int64())
        others = pc.if_else(pc.is_nan(column), None, column)
        column = pc.coalesce(integers.cast(pa.string()), others.cast(pa.string()))
    values = column.cast(pa.string()).to_pandas().to_numpy(dtype=object)
    if column.null_count:
        values[column.is_null().to_numpy(zero_copy_only=False)] = np.nan
    return values


_NUMBERS = (
    pa.types.is_floating,
    pa.types.is_integer,
    pa.types.is_boolean,
    pa.types.is_decimal,
    pa.types.is_null,
)


def _select(data: Data, names: Iterable[str]) -> Any:
    have = list(data.columns) if isinstance(data, pd.DataFrame) else data.schema.names
    if missing := [name for name in names if name not in have]:
        raise ValueError(f"columns missing: {', '.join(missing)}; found {', '.join(map(str, have))}")
    if isinstance(data, pd.DataFrame):
        return pa.Table.from_pandas(data[list(names)], preserve_index=False)
    return data.select(list(names))
