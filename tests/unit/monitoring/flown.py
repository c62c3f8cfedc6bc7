"""Five weeks of real flights with a champion: features built and online, trained on three weeks, two weeks scored.

Made once; each test has a copy of the databases and of the folder, and may spoil it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from perennial.context import Context, open_context
from perennial.features import online, stage
from perennial.keys import Window
from perennial.monitoring.case import Case, open_case
from perennial.scoring.stage import score
from perennial.settings import Settings
from unit.features import flights
from unit.monitoring.crowned import crown

Change = Callable[[pd.DataFrame], pd.DataFrame]
FIT, HOLDOUT = Window(date(2013, 1, 3), date(2013, 1, 20)), Window(date(2013, 1, 21), date(2013, 1, 25))
SCORED = Window(date(2013, 1, 26), date(2013, 2, 4))
BUILT = Window(flights.FIRST, date(2013, 2, 5))


def flown(settings: Settings, raw: Path) -> Context:
    """Live the five weeks."""
    ctx = flights.ingested(settings, raw)
    stage.build(ctx, BUILT)
    online.materialise(ctx, BUILT)
    crown(ctx, FIT, HOLDOUT)
    for chunk in SCORED.chunks(5):
        score(ctx, chunk)
    return ctx


def copied(life: Settings, mine: Settings) -> Context:
    """Give a life of one's own: `mine` has copies of the databases, and gets copies of the folders."""
    shutil.copytree(life.var, mine.var, dirs_exist_ok=True)
    shutil.copytree(life.models, mine.models, dirs_exist_ok=True)
    return open_context(flights.MODEL.name, settings=mine, actor="tests")


def case(ctx: Context, window: Window = SCORED) -> Case:
    return open_case(ctx, window)


def changed(ctx: Context, table: str, day: date, change: Change) -> None:
    """Change the rows of a kept partition where it lies, behind the ledger's back."""
    path = ctx.lake.path(ctx.chain.history().partitions(table)[day])
    _rewritten(path, path, change)


def revised(ctx: Context, table: str, day: date, change: Change) -> None:
    """Tell a new revision of a raw day, as ingest would."""
    name = ctx.table("raw", table)
    with ctx.lake.staging() as staging:
        _rewritten(ctx.lake.path(ctx.chain.history().partitions(name)[day]), staging / "new.parquet", change)
        kept = ctx.lake.keep(name, day, staging / "new.parquet")
    told = {"tables": {name: {str(day): kept.to_dict()}}, "counts": {}, "last": str(flights.WEEKS.last)}
    ctx.chain.record("raw.written", str(day), told)


def _rewritten(path: Path, target: Path, change: Change) -> None:
    rows = pq.read_table(path, partitioning=None)
    made = pa.Table.from_pandas(change(rows.to_pandas()), rows.schema.remove_metadata(), preserve_index=False)
    pq.write_table(made.replace_schema_metadata(rows.schema.metadata), target)
