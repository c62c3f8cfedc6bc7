"""Hold logged rows against the same rows made again: where they differ, and what that does to the score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from perennial.estimators.columns import Columns, to_frame
from perennial.estimators.fingerprint import DAY, differing
from perennial.estimators.fingerprint import Day as Print
from perennial.monitoring.decisions.skew import Compared

if TYPE_CHECKING:
    import pandas as pd

RELATIVE, ABSOLUTE = 1e-6, 1e-9
"""How far two floats may lie apart and still be the same value."""
Days = Mapping[date, Print]


@dataclass(frozen=True)
class Rows:
    """Logged rows and the same rows made again, (n, columns) each, by entity and day."""

    logged: pd.DataFrame
    made: pd.DataFrame
    unequal: pd.DataFrame
    """(n, columns) of booleans"""
    gone: int
    """Logged rows that were not made again."""
    elsewhere: tuple[str, ...]
    """Columns whose checksums differ and whose kept rows do not."""


def hold(pairs: Iterable[tuple[Days, Days]], entity: str, columns: Columns) -> Rows:
    """Compare the logs of some spans with what was made again."""
    import pandas as pd

    held = [(logs[day], made.get(day)) for logs, made in pairs for day in logs]
    logged = _frame([log for log, _ in held], entity, columns)
    made = _frame([one for _, one in held if one], entity, columns)
    both = logged.index.intersection(made.index)
    one, other = logged.loc[both], made.loc[both]
    unequal = pd.DataFrame({name: _unequal(one[name], other[name]) for name in columns.names}, index=both)
    summed = {name for log, again in held if again for name in differing(log, again)}
    elsewhere = tuple(sorted(name for name in summed if not unequal[name].any()))
    return Rows(one, other, unequal, len(logged) - len(both), elsewhere)


def compared(rows: Rows, model: Any) -> Compared:
    """Count what differs, and let the model score both sides of the rows that do. A row that is gone differs."""
    hit = rows.unequal.any(axis=1)
    count, total = int(hit.sum()), len(rows.logged) + rows.gone
    change = 0.0
    if count:
        from perennial.estimators.predict import predict

        sides = [predict(model, side[hit].reset_index(drop=True)) for side in (rows.logged, rows.made)]
        change = float(np.abs(sides[0] - sides[1]).sum()) / total
    named = {str(name): int(number) for name, number in rows.unequal.sum().items() if number}
    return Compared(total, count + rows.gone, named, rows.elsewhere, change)


def _frame(days: Iterable[Print], entity: str, columns: Columns) -> pd.DataFrame:
    """Return the kept rows as the model is given them, by entity and day."""
    import pandas as pd

    tables = [one.sample for one in days if one.sample.num_rows]
    if not tables:
        return pd.DataFrame(columns=list(columns.names), index=pd.MultiIndex.from_arrays([[], []]))
    rows = pa.concat_tables(tables, promote_options="permissive")
    keys = [rows.column(entity).to_pandas(), rows.column(DAY).to_pandas()]
    return to_frame(rows, columns).set_axis(pd.MultiIndex.from_arrays(keys), axis=0)


def _unequal(one: pd.Series, other: pd.Series) -> Any:
    """Tell where two columns differ, (n,); floats that lie close together and two missing values do not."""
    missing = one.isna() & other.isna()
    same = (one == other) if one.dtype == object else np.isclose(one, other, rtol=RELATIVE, atol=ABSOLUTE)
    return ~np.asarray(same | missing)
