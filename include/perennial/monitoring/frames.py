"""The rows a monitoring window is judged on: its inputs, scores and matured labels, and the reference's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perennial import datasets
from perennial.context import Context
from perennial.keys import Window

if TYPE_CHECKING:
    import pandas as pd

SCORE = "score"


@dataclass(frozen=True)
class Sampled:
    """A sample and how many rows it was drawn from."""

    frame: pd.DataFrame
    rows: int


def current(ctx: Context, version: Mapping[str, Any], window: Window) -> Sampled:
    """Return a sample of the window's feature columns and scores."""
    with ctx.lake.staging() as staging:
        file = staging / "current.parquet"
        datasets.retrieve(ctx, version["transform"], window, file, labelled=False)
        names = ", ".join(f'x."{name}"' for name in _columns(version))
        return _sample(
            ctx,
            f"SELECT {names}, p.score AS {SCORE} FROM read_parquet('{file}') x "
            f'JOIN {_predictions(ctx, version, window)} p USING ("{ctx.spec.entity}", day)',
        )


def reference(ctx: Context, version: Mapping[str, Any], scored: str) -> tuple[Sampled, Sampled]:
    """Return samples of the training snapshot's feature columns and of the scores on the version's holdout.

    Scores on the rows a version learnt from are better than life, so the holdout's stand for them.
    """
    names = ", ".join(f'"{name}"' for name in _columns(version))
    snapshot = ctx.lake.root / ctx.table("snapshots") / f"{version['snapshot'][:16]}.parquet"
    features = _sample(ctx, f"SELECT {names} FROM read_parquet('{snapshot}')")
    holdout = ctx.evidence.path(scored)
    scores = _sample(ctx, f"SELECT p_candidate AS {SCORE} FROM read_parquet('{holdout}')")
    return features, scores


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


def _columns(version: Mapping[str, Any]) -> list[str]:
    return [*version["columns"]["numeric"], *version["columns"]["categorical"]]


def _predictions(ctx: Context, version: Mapping[str, Any], window: Window) -> str:
    files = _files(ctx, ctx.table("predictions"), window)
    names = f'day, "{ctx.spec.entity}", score'
    return f"(SELECT {names} FROM read_parquet({files}) WHERE version = '{ctx.named(version['version'])}')"


def _files(ctx: Context, table: str, window: Window) -> list[str]:
    current_ = ctx.chain.history().partitions(table)
    return [str(ctx.lake.path(current_[day])) for day in window if day in current_]


def _sample(ctx: Context, sql: str) -> Sampled:
    rows = int(_query(f"SELECT count(*) AS n FROM ({sql})")["n"][0])
    size = ctx.spec.monitor.sample
    drawn = f"SELECT * FROM ({sql}) USING SAMPLE reservoir({size} ROWS) REPEATABLE (0)" if rows > size else sql
    return Sampled(_query(drawn), rows)


def _query(sql: str) -> pd.DataFrame:
    import duckdb

    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        frame: pd.DataFrame = connection.execute(sql).df()
        return frame
