"""A fitted model's files, as the registry is given them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from perennial.estimators import artifact
from perennial.estimators.manifest import describe
from perennial.estimators.pipeline import build, fit
from perennial.registry import ModelFiles
from perennial.settings import Settings


@pytest.fixture(scope="session")
def rows() -> pa.Table:
    rng = np.random.default_rng(0)
    return pa.table({"wind": rng.normal(size=300), "origin": rng.choice(["EWR", "JFK"], 300)})


@pytest.fixture
def files(tmp_path: Path, settings: Settings, rows: pa.Table) -> ModelFiles:
    labels = (np.asarray(rows["wind"]) > 0).astype(int)
    model = fit(
        build("sklearn.ensemble.HistGradientBoostingClassifier", {"max_iter": 5}, ["wind"], ["origin"], 0), rows, labels
    )
    manifest = describe(model, rows)
    kept = artifact.save(model, tmp_path / "fitted", manifest)
    return ModelFiles(
        folder=tmp_path / "fitted",
        sha256=kept.sha256,
        estimator=manifest.estimator,
        parameters={"max_iter": "5"},
        columns={"wind": "double", "origin": "string"},
        libraries=manifest.libraries,
        trusted=artifact.ALLOWED,
    )


@pytest.fixture(autouse=True)
def _alone_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in an empty folder, where MLflow's default store would appear, and leave no address to child processes."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    yield
    assert list(here.iterdir()) == []
    assert not {"MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"} & set(os.environ)
