"""The smoke test in a clean process, also when we are ourselves the fork of a warm worker."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.pipeline import Pipeline

from perennial.errors import SetupError
from perennial.estimators.artifact import Artifact, save
from perennial.estimators.clean_process import Smoke, compare, predict_in_clean_process, smoke
from perennial.estimators.manifest import describe
from perennial.estimators.predict import predict


@pytest.fixture
def golden(rows: pd.DataFrame, tmp_path: Path) -> Path:
    """Write 100 golden rows."""
    pq.write_table(pa.Table.from_pandas(rows.head(100)), tmp_path / "golden.parquet")
    return tmp_path / "golden.parquet"


@pytest.fixture
def artifact(trees: Pipeline, rows: pd.DataFrame, tmp_path: Path) -> Artifact:
    """Save the gradient boosting model."""
    return save(trees, tmp_path / "model", describe(trees, rows))


def test_a_good_artifact_predicts_the_same_bits(
    model: Pipeline, rows: pd.DataFrame, golden: Path, tmp_path: Path
) -> None:
    artifact = save(model, tmp_path / "each", describe(model, rows))
    found = smoke(artifact.path, artifact.sha256, golden, predict(model, rows.head(100)))
    assert (found.ok, found.rows, found.different, found.detail) == (True, 100, 0, "equal bit for bit")
    assert found.to_dict()["seconds"] > 0


def test_the_child_does_not_depend_on_our_surroundings(
    artifact: Artifact, trees: Pipeline, golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = predict(trees, pq.read_table(golden))
    trap = tmp_path / "trap"
    trap.mkdir()
    for name in ("sklearn", "skops", "numpy", "perennial"):
        (trap / f"{name}.py").write_text("raise SystemExit('a module from the current folder')")
    monkeypatch.setenv("PYTHONPATH", str(trap))
    monkeypatch.chdir(trap)
    assert smoke(artifact.path, artifact.sha256, golden, expected).ok


def test_a_prediction_that_differs_in_its_last_bit_is_found(
    artifact: Artifact, trees: Pipeline, rows: pd.DataFrame, golden: Path
) -> None:
    expected = predict(trees, rows.head(100))
    before = expected[7]
    expected[7] = np.nextafter(before, 1)
    found = smoke(artifact.path, artifact.sha256, golden, expected)
    assert (found.ok, found.different) == (False, 1)
    assert found.detail == f"largest difference {expected[7] - before:g}"


def test_another_number_of_rows_is_found() -> None:
    assert compare(np.zeros(3), np.zeros(4)) == (4, "3 predictions for 4 rows")
    assert compare(np.zeros(0), np.zeros(0)) == (0, "equal bit for bit")


def test_a_changed_artifact_fails_with_the_reason(artifact: Artifact, golden: Path) -> None:
    artifact.path.write_bytes(artifact.path.read_bytes() + b"\0")
    found = smoke(artifact.path, artifact.sha256, golden, np.zeros(100))
    assert not found.ok
    assert "ArtifactUntrusted" in found.detail
    assert "the registered file" in found.detail


def test_a_child_that_does_not_end_is_ended(artifact: Artifact, golden: Path) -> None:
    with pytest.raises(SetupError, match="no end after"):
        predict_in_clean_process(artifact.path, artifact.sha256, golden, timeout=0.05)


def _smoke_in_fork(queue: object, artifact: Artifact, golden: Path, expected: np.ndarray) -> None:
    queue.put(smoke(artifact.path, artifact.sha256, golden, expected))  # type: ignore[attr-defined]


def test_the_fork_of_a_warm_process_can_run_it(
    artifact: Artifact, trees: Pipeline, rows: pd.DataFrame, golden: Path
) -> None:
    fork = multiprocessing.get_context("fork")
    queue = fork.Queue()
    child = fork.Process(target=_smoke_in_fork, args=(queue, artifact, golden, predict(trees, rows.head(100))))
    child.start()
    found: Smoke = queue.get(timeout=60)
    child.join(timeout=60)
    assert found.ok
    assert child.exitcode == 0
