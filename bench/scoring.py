"""Score Parquet to Parquet: Perennial's path against the loop a person would write by hand, both in fresh processes.

    python bench/scoring.py --rows 3000000 --repeats 3

Ours: digest and types of the artifact checked, model loaded, rows scored in batches, each score checked, and a
prediction log written (prediction_id, key, score, version). Bare: joblib.load, iter_batches, to_pandas, predict_proba,
ParquetWriter. Same model, rows, batch size and threads; imports are not timed, loading the model is. The two take
turns, so that a busy neighbour meets both. Memory is the child's peak resident set, imports included.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

NUMERIC = tuple(f"x{n:02d}" for n in range(18))
CATEGORICAL = ("carrier", "destination", "origin")
CHUNK = 100_000
BATCH = 65_536
RATIO, PEAK_MB = 0.8, 1500
"""At least this share of the bare loop's rows per second, in at most this much memory."""


def main() -> None:
    """Prepare, let both take turns, print one JSON document; exit 1 when a target is missed."""
    options = _options()
    if options.child:
        print(json.dumps(CHILDREN[options.child](options.folder)))
        return
    with tempfile.TemporaryDirectory(prefix="perennial-bench-") as folder:
        prepare(Path(folder), options.rows, options.trees)
        runs = [{kind: _child(kind, folder) for kind in CHILDREN} for _ in range(options.repeats)]
    result = summary(options, runs)
    print(json.dumps(result, indent=1))
    sys.exit(0 if result["passed"] else 1)


def summary(options: argparse.Namespace, runs: list[dict[str, dict[str, float]]]) -> dict[str, Any]:
    """Return medians over the repeats; the ratio is the median of the ratios of neighbouring runs."""
    ratio = statistics.median(run["ours"]["rows_per_s"] / run["bare"]["rows_per_s"] for run in runs)
    peak = max(run["ours"]["peak_mb"] for run in runs)
    return {
        "rows": options.rows,
        "trees": options.trees,
        "rows_per_s": {kind: round(statistics.median(run[kind]["rows_per_s"] for run in runs)) for kind in CHILDREN},
        "peak_mb": {kind: max(round(run[kind]["peak_mb"]) for run in runs) for kind in CHILDREN},
        "ratio": round(ratio, 3),
        "passed": ratio >= RATIO and peak <= PEAK_MB,
    }


def prepare(folder: Path, rows: int, trees: int) -> None:
    """Write the model twice (artifact and joblib) and the rows to score."""
    import joblib
    import pyarrow as pa
    import pyarrow.parquet as pq

    from perennial.estimators.artifact import save
    from perennial.estimators.manifest import describe
    from perennial.estimators.pipeline import build, fit

    sample = chunk(0, min(CHUNK, rows))
    name = "sklearn.ensemble.HistGradientBoostingClassifier"
    model = fit(build(name, {"max_iter": trees, "early_stopping": False}, NUMERIC, CATEGORICAL, 0), sample, sample["y"])
    artifact = save(model, folder, describe(model, sample))
    (folder / "sha256").write_text(artifact.sha256)
    joblib.dump(model, folder / "model.joblib")
    writer = None
    for start in range(0, rows, CHUNK):
        table = pa.Table.from_pandas(chunk(1 + start // CHUNK, min(CHUNK, rows - start)), preserve_index=False)
        writer = writer or pq.ParquetWriter(folder / "rows.parquet", table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def chunk(seed: int, rows: int) -> Any:
    """Return synthetic rows: an entity key, 18 numbers, 3 text categories with some values missing, a label."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(rows, len(NUMERIC))), columns=list(NUMERIC))
    frame = frame.mask(rng.random(frame.shape) < 0.02)
    for name, count in zip(CATEGORICAL, (16, 100, 3), strict=True):
        codes = rng.integers(0, count, rows)
        frame[name] = np.array([*(f"{name[:2].upper()}{code}" for code in range(1, count)), None], dtype=object)[codes]
    signal = frame["x00"].fillna(0) + frame["x01"].fillna(0) * frame["x02"].fillna(1) + (frame["origin"] == "OR1")
    frame["y"] = (signal + rng.normal(size=rows) > 1).astype(int)
    frame["flight"] = [f"F{seed:04d}{row:06d}" for row in range(rows)]
    return frame


def ours(folder: Path) -> dict[str, float]:
    """Score as a stage does."""
    from perennial.estimators.artifact import load
    from perennial.estimators.scorefile import score_file

    sha256 = (folder / "sha256").read_text()
    began = time.perf_counter()
    model = load(folder / "model.skops", sha256)
    rows = score_file(model, [folder / "rows.parquet"], folder / "ours.parquet", keys=["flight"], version="v1")
    return _measured(rows, began)


def bare(folder: Path) -> dict[str, float]:
    """Score as by hand."""
    import joblib
    import pyarrow as pa
    import pyarrow.parquet as pq
    import sklearn.compose
    import sklearn.ensemble  # noqa: F401 - as in ours, imports are not timed

    columns = [*NUMERIC, *CATEGORICAL]
    began = time.perf_counter()
    model = joblib.load(folder / "model.joblib")
    rows, writer = 0, None
    for batch in pq.ParquetFile(folder / "rows.parquet").iter_batches(BATCH, columns=["flight", *columns]):
        frame = batch.to_pandas()
        scores = model.predict_proba(frame[columns])[:, 1]
        made = pa.record_batch([batch.column("flight"), pa.array(scores)], names=["flight", "score"])
        writer = writer or pq.ParquetWriter(folder / "bare.parquet", made.schema)
        writer.write_batch(made)
        rows += len(scores)
    assert writer is not None
    writer.close()
    return _measured(rows, began)


CHILDREN = {"bare": bare, "ours": ours}


def _measured(rows: int, began: float) -> dict[str, float]:
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    return {"rows": rows, "seconds": seconds, "rows_per_s": rows / seconds, "peak_mb": peak}


def _child(kind: str, folder: str) -> dict[str, float]:
    """Run one side in a fresh process, on one thread unless OMP_NUM_THREADS says otherwise."""
    command = [sys.executable, __file__, "--child", kind, "--folder", folder]
    environment = {"OMP_NUM_THREADS": "1", **os.environ}
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=3_000_000)
    parser.add_argument("--trees", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--child", choices=("bare", "ours"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
