"""A champion without the days it takes: fitted on real rows, told as training, validation and promotion leave it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.pipeline import Pipeline

from perennial import datasets
from perennial.context import Context
from perennial.estimators.artifact import save
from perennial.estimators.manifest import describe
from perennial.estimators.pipeline import build, fit
from perennial.estimators.predict import predict
from perennial.keys import Window
from perennial.training import snapshot

TREES = "sklearn.ensemble.HistGradientBoostingClassifier"


def crown(ctx: Context, fitted: Window, holdout: Window, *, scored: bool = False) -> None:
    """Fit a version on the labelled rows of a window and make it champion; `scored` keeps its scores of the holdout."""
    transform, label = ctx.spec.transform_digest, ctx.spec.label.column
    with ctx.lake.staging() as folder:
        path = datasets.retrieve(ctx, transform, fitted, folder / "fit", labelled=True).path
        rows = pq.read_table(path)
        kept, _ = snapshot.keep(ctx, path)
    frame, columns = rows.filter(rows.column(label).is_valid()).to_pandas(), datasets.columns(ctx, transform)
    model = fit(build(TREES, {"max_iter": 30}, columns.numeric, columns.categorical, 0), frame, frame[label])
    place = Path(ctx.model) / "1"
    saved = save(model, ctx.settings.artifacts / place, describe(model, frame))
    version: dict[str, Any] = {
        "version": 1,
        "claim": "t1",
        "artifact": {"path": str(place / saved.path.name), "sha256": saved.sha256},
        "snapshot": kept,
        "transform": transform,
        "fit_window": str(fitted),
        "holdout": str(holdout),
        "columns": {"numeric": list(columns.numeric), "categorical": list(columns.categorical)},
        "estimator": TREES,
        "decision": None,
    }
    ctx.chain.record("candidate.registered", "v1", version)
    figures = {"scored": _scores(ctx, model, holdout), "figures": {}} if scored else {}
    ctx.chain.record("verdict.given", "v1", {"version": 1, "passed": True, "reference": {"quality": None}, **figures})
    ctx.chain.record("champion.changed", "v1", {"kind": "promotion", "version": 1, "by": ["ann"], "verdict": None})


def _scores(ctx: Context, model: Pipeline, holdout: Window) -> str:
    """Score the holdout and return the digest of the file."""
    with ctx.lake.staging() as folder:
        found = datasets.retrieve(ctx, ctx.spec.transform_digest, holdout, folder / "held", labelled=True)
        rows = pq.read_table(found.path)
    named = rows.select([ctx.spec.entity, "day", ctx.spec.label.column])
    sink = pa.BufferOutputStream()
    pq.write_table(named.append_column("p_candidate", pa.array(predict(model, rows))), sink)
    return ctx.evidence.put(sink.getvalue().to_pybytes(), ".parquet")
