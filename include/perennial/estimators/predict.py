"""Scores: the probability of class 1, checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from perennial.estimators.columns import Columns, Data, to_frame
from perennial.estimators.threads import limited

Floats = NDArray[np.float64]


def predict(model: Any, data: Data, *, threads: int | None = None) -> Floats:
    """Return P(y = 1), float64 (n,); columns are found by name.

    Raises ValueError for a column that is missing or of another kind, and for a score outside [0, 1].
    """
    frame = to_frame(data, Columns.of(model))
    if frame.empty:
        return np.empty(0)
    with limited(threads):
        scores = model.predict_proba(frame)[:, list(model.classes_).index(1)]
    return in_range(np.ascontiguousarray(scores, dtype=np.float64))


def score_batches(
    model: Any, batches: Iterable[pa.RecordBatch], *, threads: int | None = None
) -> Iterator[tuple[pa.RecordBatch, Floats]]:
    """Yield each batch with its scores (n,); one batch is held at a time. Errors as for `predict`."""
    for batch in batches:
        yield batch, predict(model, batch, threads=threads)


def in_range(scores: Floats) -> Floats:
    """Return the scores; raises ValueError unless all lie in [0, 1] (NaN does not)."""
    good = (scores >= 0) & (scores <= 1)
    if not good.all():
        raise ValueError(f"expected probabilities, found {int((~good).sum())} of {len(scores)} scores outside [0, 1]")
    return scores
