"""What a drift check costs: seconds against just reading the columns, and memory, at 3 and at 30 million rows.

    python bench/drift_check.py [--rows 3000000 30000000]

A window of 14 days and 20 columns (16 numbers, 4 texts, some values missing) is made up in a temporary folder. The
check is that of the monitor: all rows counted by day and bin, distances to the reference, a page of samples of
20,000 rows by Evidently. Thresholds are found once for a version: bins, counts and 570 simulated years, here on as many
rows again. Beside them the same columns are read, by DuckDB (sums and extremes) and by pyarrow (batch by batch). Each
in a fresh process, on one thread; imports are not timed. Memory is the process's peak resident set, imports included;
`more_mb` is what it grew by after them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from common import clean_up_on_signals, finish, say

NUMERIC = tuple(f"x{n:02d}" for n in range(16))
TEXT = tuple(f"c{n}" for n in range(4))
DAYS, SAMPLE = 14, 20_000
PEAK_MB = 1_500
"""What a check may hold at most, at any size."""


def main() -> None:
    options = _options()
    if options.child:
        print(json.dumps(_measured(CHILDREN[options.child], options.folder)))
        return
    clean_up_on_signals()
    sizes = [_size(rows) for rows in options.rows]
    peak = max(size["peak_mb"]["check"] for size in sizes)
    finish({"sizes": sizes, "target_mb": PEAK_MB, "passed": peak <= PEAK_MB})


def _size(rows: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="perennial-bench-") as folder:
        say(f"making {rows:,} rows")
        prepare(Path(folder) / "rows.parquet", rows)
        runs = {kind: _child(kind, folder) for kind in CHILDREN}
    told = {name: {kind: run[name] for kind, run in runs.items()} for name in ("seconds", "peak_mb", "more_mb")}
    parts = {kind: run["parts"] for kind, run in runs.items() if run["parts"]}
    ratio = round(told["seconds"]["check"] / told["seconds"]["duckdb"], 2)
    say(f"{rows:,} rows: check {told['seconds']['check']} s, reading {told['seconds']['duckdb']} s")
    return {"rows": rows, "columns": len(NUMERIC) + len(TEXT), "ratio": ratio, "parts": parts, **told}


def prepare(file: Path, rows: int) -> None:
    """Write rows that are drawn by hashes: numbers of 10,000 values, texts of 40."""
    import duckdb

    numbers = [
        f"CASE WHEN hash(range + {100 + n}) % 50 > 0 THEN (hash(range * 31 + {n}) % 10000) / 100.0 END AS {name}"
        for n, name in enumerate(NUMERIC)
    ]
    texts = [f"'v' || CAST(sqrt(hash(range * 37 + {n}) % 1600) AS INTEGER) AS {name}" for n, name in enumerate(TEXT)]
    day = f"DATE '2013-01-01' + CAST(range * {DAYS} // {rows} AS INTEGER) AS day"
    with duckdb.connect() as database:
        database.execute(f"COPY (SELECT {', '.join([day, *numbers, *texts])} FROM range({rows})) TO '{file}'")


def check(file: Path) -> dict[str, float]:
    """Do what the monitor does with a window; the reference was counted before."""
    import duckdb

    from perennial.monitoring.binning import bins_of
    from perennial.monitoring.counts import Rows, count
    from perennial.monitoring.report import Shown, page
    from perennial.statistics.distances import psi

    with duckdb.connect(config={"threads": 1, "memory_limit": "1GB"}) as database:
        rows = Rows(database, f"FROM read_parquet('{file}')")
        few = Rows(database, f"SELECT * FROM read_parquet('{file}') LIMIT 50000")
        bins = bins_of(few, NUMERIC, TEXT)
        before = count(few, bins).total
        sampled = few.sample(bins, SAMPLE)
        began = time.perf_counter()
        psi(before, count(rows, bins).total)
        counted = time.perf_counter()
        drawn = rows.sample(bins, SAMPLE)
        sampling = time.perf_counter()
        page([drawn], [sampled], {name: Shown(one, "psi", 0.1) for name, one in bins.items()})
    ended = time.perf_counter()
    return {"count": counted - began, "sample": sampling - counted, "page": ended - sampling}


def calibrate(file: Path) -> dict[str, float]:
    """Find thresholds: bins, counts, simulated years."""
    import duckdb
    import numpy as np

    from perennial.monitoring.binning import bins_of
    from perennial.monitoring.counts import Rows, count
    from perennial.statistics.alarms import Rule
    from perennial.statistics.alarms import calibrate as find
    from perennial.statistics.years import Plan, distances

    with duckdb.connect(config={"threads": 1, "memory_limit": "1GB"}) as database:
        rows = Rows(database, f"FROM read_parquet('{file}')")
        began = time.perf_counter()
        bins = bins_of(rows, NUMERIC, TEXT)
        cells = count(rows, bins).cells
    counted, wide = time.perf_counter(), len(bins)
    null = distances(cells, ["psi"] * wide, Plan(14, 7, 570, lead=3))
    rule = Rule(2, 3, np.zeros(wide, dtype=bool))
    find(null, np.ones(wide), np.full(wide, 0.01), rule=rule, allowed=1.0, every=7)
    return {"count": counted - began, "simulate": time.perf_counter() - counted}


def read_duckdb(file: Path) -> dict[str, float]:
    """Read every column."""
    import duckdb

    parts = ", ".join([*(f"sum({name})" for name in NUMERIC), *(f"max({name})" for name in TEXT)])
    with duckdb.connect(config={"threads": 1}) as database:
        began = time.perf_counter()
        database.execute(f"SELECT {parts} FROM read_parquet('{file}')").fetchall()
    return {"read": time.perf_counter() - began}


def read_pyarrow(file: Path) -> dict[str, float]:
    """Read every column into Arrow batches."""
    import pyarrow.parquet as pq

    began = time.perf_counter()
    with pq.ParquetFile(file, pre_buffer=False) as source:
        for _ in source.iter_batches(65_536, columns=[*NUMERIC, *TEXT], use_threads=False):
            pass
    return {"read": time.perf_counter() - began}


CHILDREN: dict[str, Callable[[Path], dict[str, float]]] = {
    "check": check,
    "calibrate": calibrate,
    "duckdb": read_duckdb,
    "pyarrow": read_pyarrow,
}


def _measured(work: Callable[[Path], dict[str, float]], folder: Path) -> dict[str, Any]:
    import duckdb  # noqa: F401
    import evidently.presets  # noqa: F401 - workers hold these; the monitor does not load them anew
    import pyarrow.parquet  # noqa: F401

    held = _peak()
    parts = work(folder / "rows.parquet")
    rounded = {name: round(seconds, 2) for name, seconds in parts.items()}
    peak = _peak()
    return {
        "seconds": round(sum(parts.values()), 2),
        "parts": rounded if len(parts) > 1 else {},
        "peak_mb": round(peak),
        "more_mb": round(peak - held),
    }


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def _child(kind: str, folder: str) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", __file__, "--child", kind, "--folder", folder]
    environment = {"OMP_NUM_THREADS": "1", **os.environ}
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[3_000_000, 30_000_000])
    parser.add_argument("--child", choices=tuple(CHILDREN), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
