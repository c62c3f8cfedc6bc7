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

from common import clean_up_on_signals, finish, say
from scoring_rows import CATEGORICAL, NUMERIC, prepare

BATCH = 65_536
RATIO, PEAK_MB = 0.8, 1500
"""At least this share of the bare loop's rows per second, in at most this much memory."""


def main() -> None:
    """Prepare, let both take turns, print one JSON document; exit 1 when a target is missed."""
    options = _options()
    if options.child:
        print(json.dumps(CHILDREN[options.child](options.folder)))
        return
    clean_up_on_signals()
    with tempfile.TemporaryDirectory(prefix="perennial-bench-") as folder:
        say(f"fitting a model, writing {options.rows:,} rows")
        prepare(Path(folder), options.rows, options.trees)
        runs = [_round(folder, number, options.repeats) for number in range(1, options.repeats + 1)]
    finish(summary(options, runs))


def summary(options: argparse.Namespace, runs: list[dict[str, dict[str, float]]]) -> dict[str, Any]:
    """Return medians over the repeats; the ratio is the median of the ratios of neighbouring runs."""
    ratio = statistics.median(run["ours"]["rows_per_s"] / run["bare"]["rows_per_s"] for run in runs)
    peak = max(run["ours"]["peak_mb"] for run in runs)
    return {
        "rows": options.rows,
        "trees": options.trees,
        "repeats": len(runs),
        "seconds": {kind: [round(run[kind]["seconds"], 2) for run in runs] for kind in CHILDREN},
        "rows_per_s": {kind: round(statistics.median(run[kind]["rows_per_s"] for run in runs)) for kind in CHILDREN},
        "peak_mb": {kind: max(round(run[kind]["peak_mb"]) for run in runs) for kind in CHILDREN},
        "ratio": round(ratio, 3),
        "target": {"ratio": RATIO, "peak_mb": PEAK_MB},
        "passed": ratio >= RATIO and peak <= PEAK_MB,
    }


def ours(folder: Path) -> dict[str, float]:
    """Score as a stage does."""
    import skops.io  # noqa: F401 - the loader imports it when it is first used, which is 3 s; workers hold it

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


def _round(folder: str, number: int, repeats: int) -> dict[str, dict[str, float]]:
    run = {kind: _child(kind, folder) for kind in CHILDREN}
    told = "; ".join(f"{kind} {one['seconds']:.1f} s, {one['peak_mb']:.0f} MiB" for kind, one in run.items())
    say(f"scoring, round {number} of {repeats}: {told}")
    return run


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
