"""What scoring takes: one row, a batch, memory, the file."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from perennial.errors import SetupError
from perennial.estimators.columns import Columns
from perennial.estimators.footprint import peak_memory
from perennial.estimators.predict import predict
from perennial.validation.case import Case
from perennial.validation.estimate import Unknown
from perennial.validation.gates.budget import Budget

WARM, CALLS, REPEATS = 5, 60, 3
BATCH = 10_000
MEGABYTE = 1_000_000


def budget(case: Case) -> Budget:
    """Time the candidate as scoring calls it, with the threads that scoring has.

    A row takes its CPU time, all threads together: milliseconds of work that are cut into by whatever else runs here
    would tell of the machine's load, not of the model; where nothing else runs it is the time that passes. A batch,
    which threads share among them, takes the time that passes, the best of three.
    """
    rows = case.scored.sample.select(list(Columns.of(case.model).names))
    batch = rows.take(np.arange(BATCH) % rows.num_rows)
    single = [rows.slice(place % rows.num_rows, 1) for place in range(WARM + CALLS)]
    times = np.array([_milliseconds(case.model, one, time.process_time) for one in single])[WARM:]
    return Budget(
        calls=CALLS,
        row=float(np.quantile(times, 0.95)),
        row_median=float(np.median(times)),
        batch_rows=BATCH,
        batch=min(_milliseconds(case.model, batch, time.perf_counter) for _ in range(REPEATS)),
        memory=_memory(case, batch),
        size=case.path.stat().st_size / MEGABYTE,
    )


def _milliseconds(model: Any, rows: pa.Table, clock: Callable[[], float]) -> float:
    begun = clock()
    predict(model, rows)
    return 1_000 * (clock() - begun)


def _memory(case: Case, batch: pa.Table) -> float | Unknown:
    path = case.folder / "batch.parquet"
    pq.write_table(batch, path)
    try:
        return peak_memory(case.path, case.candidate["artifact"]["sha256"], path) / MEGABYTE
    except SetupError as error:
        return Unknown(str(error))
