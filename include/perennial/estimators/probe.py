"""A digest of what a model does: SHA-256 of its predictions on a batch that depends on its columns alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa

from perennial.estimators.columns import Column
from perennial.estimators.predict import predict

ROWS = 256
DECIMALS = 10
"""Predictions are rounded before hashing: the last bits of exp() and of a dot product differ between processors."""
MARGIN = 0.1
"""How far beyond the range of training the probe reaches, as a share of that range."""
MISSING = 0.05
"""Share of missing values."""
UNSEEN = "(unseen)"
GOLDEN_SCORE = "predicted probability"
"""Of kept rows: the column of what the model must answer; no column of a spec can have a blank in its name."""


def probe_table(columns: Iterable[Column]) -> pa.Table:
    """Return ROWS rows spread over the ranges and categories of training; some beyond them, some missing."""
    return pa.table({column.name: _values(column) for column in columns})


def digest_of(model: Any, probe: pa.Table) -> str:
    """Return the SHA-256 of the rounded predictions as little-endian float64; equal in every process."""
    scores = np.round(predict(model, probe), DECIMALS)
    return hashlib.sha256(scores.astype("<f8").tobytes()).hexdigest()


def _values(column: Column) -> pa.Array:
    """Return the column's values, drawn by a hash of its name: no generator whose stream may change."""
    drawn = hashlib.shake_256(column.name.encode()).digest(8 * ROWS)
    uniform = np.frombuffer(drawn, dtype="<u8").astype(np.float64) / 2.0**64
    missing = uniform < MISSING
    share = (uniform - MISSING) / (1 - MISSING)
    if column.kind == "categorical":
        values = [*column.categories, UNSEEN]
        picked = [values[min(int(s * len(values)), len(values) - 1)] for s in np.clip(share, 0, 1)]
        return pa.array(picked, type=pa.string(), mask=missing)
    if column.low is None or column.high is None:
        return pa.nulls(ROWS, pa.float64())
    span = column.high - column.low
    return pa.array(column.low + span * (share * (1 + 2 * MARGIN) - MARGIN), mask=missing)
