"""Compare new champions with the ones before on the days since, and record whether their trainings helped."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perennial import datasets
from perennial.context import Context
from perennial.datasets.definition import DAY, LABEL_TIME
from perennial.estimators.artifact import load
from perennial.estimators.scorefile import score_file
from perennial.feature_store.asof_sql import text
from perennial.feature_store.duck import Budget, connection
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.policy import load_policy
from perennial.retraining.breaker import JUDGED
from perennial.retraining.judgement import Case, Judgement, judge, refused, to_judge
from perennial.retraining.window import labelled_until
from perennial.statistics.bootstrap import Interval
from perennial.statistics.resampling import difference

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)
MOST = 1_000_000
"""Rows, about, that are compared of a window that has more."""
MEMORY = "1GB"
"""What joining them may use; DuckDB spills the rest."""


def judge_due(ctx: Context) -> list[Event]:
    """Judge every training whose time has come; one that cannot be judged now is left to the next look."""
    history = ctx.chain.history()
    told = []
    for case in to_judge(history, ctx.spec.retrain.judge_after, labelled_until(ctx.spec, history)):
        try:
            told.append(_judge(ctx, case))
        except Exception:  # whatever is wrong with old days or files must not keep the queue from being decided on
            log.exception("%s %s is not judged", ctx.model, version_key(case.version))
    return told


def _judge(ctx: Context, case: Case) -> Event:
    rows = None
    if case.verdict:
        judgement, gain = refused(case)
        rows = case.verdict.payload["rows"]["compared"]
    elif gone := _retired(ctx, case):
        judgement, gain = Judgement(None, f"it cannot be told: {gone} is retired"), None
    else:
        frame = compared(ctx, case)
        gain, rows = gain_of(ctx, frame), len(frame)
        judgement = judge(gain, rows, load_policy(ctx.settings.policies, ctx.spec).min_rows)
    return _record(ctx, case, judgement, gain, rows)


def compared(ctx: Context, case: Case) -> pd.DataFrame:
    """Return day, y and both versions' scores of rows that both can score and whose label is known; (n, 4).

    All of them, up to MOST; of more a sample by the hash of the entity, the same each time.
    """
    history = ctx.chain.history()
    assert case.against is not None, "a first version is not judged"
    new, old = history.version(case.version), history.version(case.against)
    with ctx.lake.staging() as folder:
        examples = {
            made: datasets.retrieve(ctx, made, case.window, folder / f"{made[:16]}.parquet", labelled=True).path
            for made in {new["transform"], old["transform"]}
        }
        logs = [_scored(ctx, one, examples[one["transform"]], folder) for one in (new, old)]
        return _joined(ctx, new["transform"], examples[new["transform"]], *logs)


def gain_of(ctx: Context, frame: pd.DataFrame) -> Interval | None:
    """Return quality of the new version minus that of the old one, paired by row; None where rows do not define it."""
    import numpy as np

    blocks = frame["day"].to_numpy() if ctx.spec.resampling_unit == "day" else np.arange(len(frame))
    try:
        return difference(ctx.spec.train.quality, frame["y"], frame["new"], frame["old"], blocks)
    except ValueError:
        return None


def _scored(ctx: Context, version: Mapping[str, Any], examples: Path, folder: Path) -> Path:
    model = load(ctx.settings.artifacts / version["artifact"]["path"], version["artifact"]["sha256"])
    out, name = folder / f"v{version['version']}.parquet", ctx.named(version["version"])
    score_file(model, [examples], out, keys=[DAY, ctx.spec.entity], version=name)
    return out


def _joined(ctx: Context, transform: str, examples: Path, new: Path, old: Path) -> pd.DataFrame:
    now, label = ctx.chain.history().now, datasets.definition(ctx, transform).label
    keys = f'{DAY}, "{ctx.spec.entity}"'
    asked, one, other = (f"read_parquet({text(str(path))})" for path in (examples, new, old))
    with connection(Budget(MEMORY, 1, ctx.settings.var / "spill")) as database:
        (rows,) = database.execute(f"SELECT count(*) FROM {asked}").fetchone() or (0,)
        drawn = f'AND hash(x."{ctx.spec.entity}") % {max(ceil(rows / MOST), 1)} = 0'
        frame: pd.DataFrame = database.execute(
            f'SELECT x.{DAY} AS day, CAST(x."{label}" AS DOUBLE) AS y, n.score AS new, o.score AS old '
            f"FROM {asked} x JOIN {one} n USING ({keys}) JOIN {other} o USING ({keys}) "
            f'WHERE x."{label}" IS NOT NULL AND x.{LABEL_TIME} <= ? {drawn} ORDER BY {keys}',
            [now],
        ).df()
        return frame


def _retired(ctx: Context, case: Case) -> str | None:
    """Name a version whose model file was archived."""
    history = ctx.chain.history()
    gone = [one for one in (case.against, case.version) if one and history.retirement(one)]
    return version_key(gone[0]) if gone else None


def _record(ctx: Context, case: Case, judgement: Judgement, gain: Interval | None, rows: int | None) -> Event:
    body = {
        "claim": case.claim,
        "version": case.version,
        "against": case.against,
        "on": case.on,
        "window": str(case.window),
        "helped": judgement.helped,
        "why": judgement.why,
        "metric": ctx.spec.train.quality,
        "gain": gain and gain.value,
        "low": gain and gain.low,
        "high": gain and gain.high,
        "rows": rows,
    }
    return ctx.chain.record(JUDGED, version_key(case.version), body, once=f"{version_key(case.version)}:{case.on}")
