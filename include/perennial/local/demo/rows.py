"""The scores and known labels of a version, for the demo's table and plot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from perennial.context import Context
from perennial.keys import Window

if TYPE_CHECKING:
    import pandas as pd

SCORE = "score"


def labelled(ctx: Context, version: Mapping[str, Any], window: Window) -> pd.DataFrame:
    """Return day, label y and score of every row of the window whose label is known by now; (n, 3)."""
    history = ctx.chain.history()
    now = history.now
    assert now is not None, "the window was scored, so a partition was ingested"
    examples = _files(ctx, ctx.table("examples", version["transform"][:8]), window)
    label = ctx.spec.label.column
    return _query(
        f'SELECT e.day, CAST(e."{label}" AS DOUBLE) AS y, p.score AS {SCORE} '
        f'FROM read_parquet({examples}) e JOIN {_predictions(ctx, version, window)} p USING ("{ctx.spec.entity}", day) '
        f"WHERE e.\"{label}\" IS NOT NULL AND e.label_time <= TIMESTAMPTZ '{now.isoformat()}' "
        f'ORDER BY e.day, "{ctx.spec.entity}"'
    )


def _predictions(ctx: Context, version: Mapping[str, Any], window: Window) -> str:
    files = _files(ctx, ctx.table("predictions"), window)
    names = f'day, "{ctx.spec.entity}", score'
    return f"(SELECT {names} FROM read_parquet({files}) WHERE version = '{ctx.named(version['version'])}')"


def _files(ctx: Context, table: str, window: Window) -> list[str]:
    current_ = ctx.chain.history().partitions(table)
    return [str(ctx.lake.path(current_[day])) for day in window if day in current_]


def _query(sql: str) -> pd.DataFrame:
    import duckdb

    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        frame: pd.DataFrame = connection.execute(sql).df()
        return frame
