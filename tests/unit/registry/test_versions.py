from __future__ import annotations

import json
import multiprocessing

import mlflow
import numpy as np
import pyarrow as pa
import pytest

from perennial.errors import ArtifactUntrusted, GateRefused
from perennial.estimators.artifact import load
from perennial.estimators.predict import predict
from perennial.hashing import sha256_of
from perennial.registry import Artifacts, ModelFiles, Runs, Versions
from perennial.registry.connect import connect
from perennial.settings import Settings


@pytest.fixture
def run_id(settings: Settings) -> str:
    return Runs(settings, "demo").open("t1", "t1", {})


@pytest.fixture
def artifacts(settings: Settings) -> Artifacts:
    return Artifacts(settings, "demo")


@pytest.fixture
def versions(settings: Settings) -> Versions:
    return Versions(settings, "demo")


def test_the_file_mlflow_shows_is_ours_byte_for_byte(
    settings: Settings, run_id: str, artifacts: Artifacts, files: ModelFiles, rows: pa.Table
) -> None:
    kept = artifacts.keep(run_id, "candidate", files)
    path = settings.artifacts / kept.path
    assert sha256_of(path) == files.sha256 == kept.sha256
    assert kept.path == f"demo/models/{kept.model_id}/artifacts/model.skops"
    logged = connect(settings).get_logged_model(kept.model_id)
    assert (str(logged.status), logged.source_run_id) == ("READY", run_id)
    theirs = mlflow.sklearn.load_model(logged.artifact_location)
    ours = predict(load(path, files.sha256), rows)
    assert np.array_equal(theirs.predict_proba(rows.to_pandas())[:, 1], ours)


def test_files_are_kept_once_however_often(
    settings: Settings, run_id: str, artifacts: Artifacts, files: ModelFiles
) -> None:
    kept = artifacts.keep(run_id, "candidate", files)
    (settings.artifacts / kept.path).write_bytes(b"half")  # what a crash while copying leaves
    assert artifacts.keep(run_id, "candidate", files) == kept
    assert sha256_of(settings.artifacts / kept.path) == files.sha256
    outputs = connect(settings).get_run(run_id).outputs.model_outputs
    assert [output.model_id for output in outputs] == [kept.model_id]


def test_what_a_crash_left_half_written_is_not_kept(
    settings: Settings, run_id: str, artifacts: Artifacts, files: ModelFiles
) -> None:
    (files.folder / ".model.skops.17").write_bytes(b"half")
    kept = artifacts.keep(run_id, "candidate", files)
    names = {path.name for path in (settings.artifacts / kept.path).parent.iterdir()}
    assert names == {"MLmodel", "model.skops", "manifest.json", "requirements.txt"}


def test_a_file_that_is_not_the_one_named_is_refused(run_id: str, artifacts: Artifacts, files: ModelFiles) -> None:
    (files.folder / "model.skops").write_bytes(b"another model")
    with pytest.raises(ArtifactUntrusted, match=files.sha256):
        artifacts.keep(run_id, "candidate", files)


def test_a_claim_is_one_version(
    settings: Settings, run_id: str, artifacts: Artifacts, versions: Versions, files: ModelFiles
) -> None:
    kept = artifacts.keep(run_id, "candidate", files)
    assert versions.of_claim("t1") is None
    first = versions.register("t1", run_id, kept, {"record": "{}"})
    assert versions.register("t1", run_id, kept, {"record": "other"}) == first == versions.of_claim("t1")
    assert (first.number, first.run_id, first.model_id, first.tags["record"]) == (1, run_id, kept.model_id, "{}")
    assert versions.register("t2", run_id, kept, {}).number == 2
    assert [version.claim for version in versions.all()] == ["t1", "t2"]
    shown_at = json.loads(connect(settings).get_logged_model(kept.model_id).tags["mlflow.modelVersions"])
    assert shown_at == [{"name": "demo", "version": 2}]


def test_processes_that_race_for_a_claim_get_one_version(
    settings: Settings, run_id: str, versions: Versions, files: ModelFiles
) -> None:
    with multiprocessing.get_context("fork").Pool(3) as pool:
        numbers = pool.starmap(_register, [(settings, run_id, files)] * 6)
    assert numbers == [1] * 6
    assert len(versions.all()) == 1


def _register(settings: Settings, run_id: str, files: ModelFiles) -> int:
    kept = Artifacts(settings, "demo").keep(run_id, "candidate", files)
    return Versions(settings, "demo").register("t1", run_id, kept, {}).number


def test_aliases_are_set_moved_read_and_removed(
    run_id: str, artifacts: Artifacts, versions: Versions, files: ModelFiles
) -> None:
    assert versions.aliases() == {}
    kept = artifacts.keep(run_id, "candidate", files)
    for claim in ("t1", "t2"):
        versions.register(claim, run_id, kept, {})
    versions.set_alias("candidate", 1)
    versions.set_alias("candidate", 2)
    versions.set_alias("champion", 1)
    assert versions.aliases() == {"candidate": 2, "champion": 1}
    versions.remove_alias("candidate")
    versions.remove_alias("candidate")
    assert versions.aliases() == {"champion": 1}


def test_an_archived_version_keeps_its_number_and_loses_aliases_and_files(
    settings: Settings, run_id: str, artifacts: Artifacts, versions: Versions, files: ModelFiles
) -> None:
    kept = artifacts.keep(run_id, "candidate", files)
    versions.register("t1", run_id, kept, {})
    versions.set_alias("champion", 1)
    versions.archive(1, {"successor": "v2"})
    assert artifacts.remove(run_id) == [f"demo/models/{kept.model_id}/artifacts"]
    assert artifacts.remove(run_id) == []
    assert not (settings.artifacts / kept.path).exists()
    assert versions.aliases() == {}
    tags = versions.get(1).tags
    assert (tags["perennial.state"], tags["successor"]) == ("archived", "v2")


def test_a_version_that_is_not_there_is_named(versions: Versions) -> None:
    with pytest.raises(GateRefused, match="version v7 in MLflow"):
        versions.get(7)
