"""Scores: the probability of class 1, or a regressor's number, checked."""

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
    """Return P(y = 1), of a regressor the predicted number, float64 (n,); columns are found by name.

    Raises ValueError for a column that is missing or of another kind, a probability outside [0, 1], a number that is
    none.
    """
    frame = to_frame(data, Columns.of(model))
    if frame.empty:
        return np.empty(0)
    with limited(threads):
        if not hasattr(model, "predict_proba"):
            return finite(np.ascontiguousarray(model.predict(frame), dtype=np.float64))
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


def finite(numbers: Floats) -> Floats:
    """Return the numbers; raises ValueError unless all are finite."""
    if bad := int((~np.isfinite(numbers)).sum()):
        raise ValueError(f"expected finite numbers, found {bad} of {len(numbers)} that are not")
    return numbers
