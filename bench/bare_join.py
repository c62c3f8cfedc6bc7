"""The training set as one query, written by hand, and whether two sides wrote the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

from common import MODEL

from perennial.context import Context
from perennial.datasets.definition import Definition
from perennial.feature_store.duck import Budget, connection

Files = Mapping[str, Sequence[str]]
"""Lake name of a table -> its Parquet files."""


def bare_query(made: Definition, files: Files, examples: Sequence[str], columns: Sequence[str]) -> str:
    """Write the join by hand: one ASOF join a view, a value older than the view's time to live left out."""
    known, joins = {name: f"e.{name}" for name in made.examples}, []
    for name, view in made.views.items():
        same = [f"e.{key} = {name}.{key}" for key in view.entities]
        on = " and ".join([*same, f"e.event_timestamp >= {name}.event_timestamp"])
        joins.append(f"asof left join {_parquet(files[made.table(MODEL, name)])} {name} on {on}")
        valid = f"{name}.event_timestamp >= e.event_timestamp - interval {view.ttl // timedelta(seconds=1)} second"
        known |= {field: f"case when {valid} then {name}.{field} end" if view.ttl else field for field in view.fields}
    chosen = ", ".join(f"{known[name]} as {name}" for name in columns)
    return f"select {chosen} from {_parquet(examples)} e {' '.join(joins)}"


def run_bare(ctx: Context, query: str, out: Path) -> None:
    with _duckdb(ctx) as database:
        database.execute(f"copy ({query}) to '{out}' (format parquet)")


def check_equal(ctx: Context, out: Mapping[str, Path], columns: Sequence[str]) -> int:
    """Return the number of rows; ends the benchmark where a side has other rows than the bare query."""
    names = ", ".join(columns)
    with _duckdb(ctx) as database:
        query = "select count(*) from (select {0} from '{1}' except all select {0} from '{2}')"
        for side in ("door", "stage"):
            for one, other in ((side, "bare"), ("bare", side)):
                ((differ,),) = database.execute(query.format(names, out[one], out[other])).fetchall()
                if differ:
                    raise SystemExit(f"{differ} rows of {one} are not among those of {other}")
        ((rows,),) = database.execute(f"select count(*) from '{out['bare']}'").fetchall()
    return int(rows)


def _parquet(files: Sequence[str]) -> str:
    return f"read_parquet({list(files)!r}, hive_partitioning = false)"


def _duckdb(ctx: Context) -> AbstractContextManager[Any]:
    return connection(Budget("2GB", 2, ctx.settings.var / "spill"))
