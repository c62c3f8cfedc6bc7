"""The probe batch and the digest of predictions on it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.pipeline import Pipeline

from perennial.estimators.artifact import save
from perennial.estimators.columns import Column
from perennial.estimators.manifest import describe
from perennial.estimators.probe import ROWS, UNSEEN, digest_of, probe_table

COLUMNS = (
    Column("wind", "numeric", low=0.0, high=10.0),
    Column("never", "numeric"),
    Column("carrier", "categorical", categories=("AA", "DL", None)),
)

PROGRAM = """
import sys
from pathlib import Path
from perennial.estimators.artifact import load
from perennial.estimators.manifest import Manifest
from perennial.estimators.probe import digest_of, probe_table
folder = Path(sys.argv[1])
manifest = Manifest.read(folder / "manifest.json")
print(digest_of(load(folder / "model.skops", sys.argv[2]), probe_table(manifest.columns)))
"""


def test_the_probe_reaches_over_the_range_and_all_categories() -> None:
    table = probe_table(COLUMNS)
    wind = table.column("wind").drop_null().to_numpy()
    assert table.num_rows == ROWS
    assert 0 < table.column("wind").null_count < ROWS / 8
    assert -1 <= wind.min() < 0
    assert 10 < wind.max() <= 11
    assert table.column("never").null_count == ROWS
    assert set(table.column("carrier").to_pylist()) == {"AA", "DL", None, UNSEEN}


def test_a_columns_values_depend_on_itself_alone() -> None:
    assert probe_table(COLUMNS[::-1]).column("wind").equals(probe_table(COLUMNS).column("wind"))
    # Written down, because a digest in the ledger must mean the same in years.
    assert np.round(probe_table(COLUMNS).column("wind").to_pylist()[:3], 6).tolist() == [5.191218, 1.058226, 10.810903]


def test_the_digest_is_the_same_in_another_process(model: Pipeline, rows: pd.DataFrame, tmp_path: Path) -> None:
    manifest = describe(model, rows)
    artifact = save(model, tmp_path, manifest)
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), artifact.sha256]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == manifest.probe


def test_the_digest_is_of_the_predictions(models: dict[str, Pipeline], rows: pd.DataFrame) -> None:
    probe = pa.Table.from_pandas(rows.head(50))
    digests = [digest_of(model, probe) for model in models.values()]
    assert len(set(digests)) == len(models)
    assert digests == [digest_of(model, probe) for model in models.values()]
