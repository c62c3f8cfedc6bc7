"""Predictions with the labels that are known by now, those of the champion's holdout, and when labels have matured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perennial.datasets.definition import DAY, EXAMPLES, LABEL_TIME, Definition, definition_in
from perennial.feature_store.asof_sql import quote, text
from perennial.feature_store.duck import Budget, connection
from perennial.keys import Window
from perennial.lake.partitions import Partition
from perennial.monitoring.case import Case

if TYPE_CHECKING:
    import pandas as pd

MOST = 1_000_000
"""Rows that are looked at; of more, a sample by the hash of the entity, the same each time."""
MEMORY = "1GB"


@dataclass(frozen=True)
class Predicted:
    """Predicted rows, ordered by day: day, y (missing where unknown), score, decision, version, columns asked for."""

    frame: pd.DataFrame
    rows: int
    """that they were drawn from"""

    @property
    def labelled(self) -> pd.DataFrame:
        """The rows whose label is known."""
        return self.frame[self.frame["y"].notna()]


def matured(case: Case) -> bool:
    """Tell whether all labels of the window are as old as the spec asks."""
    return case.history.now is not None and matures(case) <= case.history.now


def matures(case: Case) -> datetime:
    """Return the business time from which on the labels of the window are relied on."""
    return case.window.end + timedelta(days=case.spec.label.matures_after)


def predicted(case: Case, window: Window, columns: Sequence[str] = ()) -> Predicted:
    """Return the current predictions of all versions in a window, with request columns."""
    current, made = case.history.partitions(case.ctx.table("predictions")), _made(case)
    parts = [current[day] for day in window if day in current]
    rows, entity = sum(part.rows for part in parts), quote(made.entity)
    asked = "".join(f", e.{quote(name)}" for name in columns)
    drawn = f"WHERE hash(p.{entity}) % {rows // MOST + 1} = 0" if rows > MOST else ""
    query = (
        f"SELECT p.{DAY}, {_label(case, made)} AS y, p.score, CAST(p.decision AS DOUBLE) AS decision, p.version{asked} "
        f"FROM {_files(case, parts)} p LEFT JOIN ({_examples(case, made, window)}) e USING ({DAY}, {entity}) {drawn} "
        f"ORDER BY p.{DAY}, p.{entity}"
    )
    return Predicted(_query(case, query), rows)


def holdout(case: Case, columns: Sequence[str] = ()) -> pd.DataFrame:
    """Return the rows that the champion was validated on, in the same columns but `version`."""
    made, path = _made(case), text(str(case.ctx.evidence.path(case.verdict["scored"])))
    entity = quote(made.entity)
    rows = f"SELECT {DAY}, {entity}, y, p_candidate AS score, d_candidate AS decision FROM read_parquet({path})"
    if columns:
        asked = ", ".join(f"e.{quote(name)}" for name in columns)
        examples = _examples(case, made, Window.parse(case.version["holdout"]))
        rows = f"SELECT p.*, {asked} FROM ({rows}) p JOIN ({examples}) e USING ({DAY}, {entity})"
    return _query(case, f"SELECT * EXCLUDE ({entity}) FROM ({rows}) ORDER BY {DAY}, {entity}")


def blocks_of(case: Case, frame: pd.DataFrame) -> NDArray[Any]:
    """Return the resampling unit of each row, (n,): its day, or the row itself."""
    if case.spec.resampling_unit == "row":
        return np.arange(len(frame))
    return frame[DAY].astype(str).to_numpy()


def _label(case: Case, made: Definition) -> str:
    """Write the label where it is known by now."""
    now = case.history.now
    assert now is not None, "something was predicted, so a partition was ingested"
    known = f"e.{LABEL_TIME} <= TIMESTAMPTZ '{now.isoformat()}'"
    return f"CASE WHEN {known} THEN CAST(e.{quote(made.label)} AS DOUBLE) END"


def _made(case: Case) -> Definition:
    return definition_in(case.history, case.version["transform"])


def _examples(case: Case, made: Definition, window: Window) -> str:
    current = case.history.partitions(made.table(case.ctx.model, EXAMPLES))
    return f"FROM {_files(case, [current[day] for day in window if day in current])}"


def _files(case: Case, parts: Sequence[Partition]) -> str:
    names = ", ".join(text(str(case.ctx.lake.path(part))) for part in parts)
    return f"read_parquet([{names}], hive_partitioning=false)"


def _query(case: Case, sql: str) -> pd.DataFrame:
    with connection(Budget(MEMORY, 1, case.ctx.settings.var / "spill")) as database:
        frame: pd.DataFrame = database.execute(sql).df()
        return frame
