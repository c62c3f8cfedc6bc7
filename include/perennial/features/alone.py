"""Whether a day has the same rows alone as among many: nothing from later days, nothing from before the lookback.

A script that breaks this trains on what it will not know when it scores, and a backfill would differ from daily runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from perennial.datasets.definition import Definition
from perennial.features.script import Script
from perennial.hashing import sha256_of

Files = Mapping[str, Mapping[date, Path]]
"""Relation -> day -> its file."""

TOLERANCE = 1e-9
"""Relative: sums of floating-point numbers depend a little on the order in which they are added."""


def refuse_difference(among: Files, alone: Files, script: Script, made: Definition) -> None:
    """Compare the days that were computed alone with the same days among others; raises SpecError where they differ."""
    for relation, files in alone.items():
        for day, file in files.items():
            if what := difference(among[relation][day], file):
                raise script.error(
                    f"relation {relation}",
                    expected=f"the same rows of {day} whether the script sees {made.lookback} days before it or more",
                    found=f"{what}: it looks at later days, or further back than `lookback`",
                )


def difference(one: Path, other: Path) -> str | None:
    """Return what differs between two files of one schema and order: the number of rows, a column, or None."""
    if sha256_of(one) == sha256_of(other):
        return None
    a, b = pq.read_table(one), pq.read_table(other)
    if a.num_rows != b.num_rows:
        return f"{a.num_rows} rows and {b.num_rows}"
    differing = (name for name in a.column_names if not _equal(a.column(name), b.column(name)))
    return next((f"other values of {name}" for name in differing), None)


def _equal(a: pa.ChunkedArray, b: pa.ChunkedArray) -> bool:
    if not pa.types.is_floating(a.type) or not pc.is_null(a).equals(pc.is_null(b)):
        return bool(a.equals(b))
    import numpy as np

    return bool(np.allclose(a.to_numpy(), b.to_numpy(), rtol=TOLERANCE, atol=0, equal_nan=True))
