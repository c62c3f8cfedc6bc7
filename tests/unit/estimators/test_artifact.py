"""A model as a file: the same bytes for the same fit, and no other file is ever loaded."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from perennial.errors import ArtifactUntrusted
from perennial.estimators.archive_format import dump
from perennial.estimators.artifact import ALLOWED, Artifact, load, save
from perennial.estimators.catalogue import name_of
from perennial.estimators.manifest import Manifest, describe, verify
from perennial.estimators.pipeline import build, fit
from perennial.estimators.predict import predict
from perennial.estimators.recalibration import recalibrate

from .conftest import CATEGORICAL, NUMERIC, SMALL, fitted


@pytest.fixture
def saved(trees: Pipeline, rows: pd.DataFrame, tmp_path: Path) -> Artifact:
    """Save the gradient boosting model."""
    return save(trees, tmp_path / "model", describe(trees, rows))


def test_a_saved_model_predicts_the_same_bits(model: Pipeline, rows: pd.DataFrame, tmp_path: Path) -> None:
    artifact = save(model, tmp_path, describe(model, rows))
    assert artifact.sha256 == hashlib.sha256(artifact.path.read_bytes()).hexdigest()
    assert artifact.to_dict() == {"sha256": artifact.sha256, "size": artifact.path.stat().st_size}
    assert np.array_equal(predict(load(artifact.path, artifact.sha256), rows), predict(model, rows))


def test_the_same_fit_gives_the_same_file(model: Pipeline, rows: pd.DataFrame, tmp_path: Path) -> None:
    again = fitted(str(name_of(model.named_steps["estimator"])), rows)
    files = [save(made, tmp_path / name, describe(made, rows)) for name, made in [("a", model), ("b", again)]]
    assert files[0].sha256 == files[1].sha256
    assert files[0].manifest.read_bytes() == files[1].manifest.read_bytes()
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["manifest.json", "model.skops"]


def test_a_fit_on_two_threads_gives_the_file_of_a_fit_on_one(rows: pd.DataFrame) -> None:
    for name, params in SMALL.items():
        one, two = (fit(build(name, params, NUMERIC, CATEGORICAL, 1), rows, rows["late"], threads=n) for n in (1, 2))
        assert dump(one) == dump(two)


def test_no_allowed_type_is_one_that_our_models_do_not_hold(models: dict[str, Pipeline], rows: pd.DataFrame) -> None:
    plain = models["sklearn.linear_model.LogisticRegression"]
    recalibrated = [recalibrate(plain, rows, rows["late"], method) for method in ("sigmoid", "isotonic")]
    held = {
        kind
        for model in (*models.values(), *recalibrated)
        for kind in skops.io.get_untrusted_types(data=skops.io.dumps(model))
    }
    assert held == set(ALLOWED)


def test_the_manifest_says_what_the_model_is(trees: Pipeline, rows: pd.DataFrame, saved: Artifact) -> None:
    manifest = Manifest.read(saved.manifest)
    assert manifest == describe(trees, rows)
    assert [column.name for column in manifest.columns] == [*NUMERIC, *CATEGORICAL]
    assert manifest.columns[0].low == rows["distance"].min()
    assert manifest.columns[3].categories == ("AA", "DL", "UA", None)
    assert manifest.estimator == "sklearn.ensemble.HistGradientBoostingClassifier"
    assert manifest.params["max_iter"] == 15
    assert manifest.rows == len(rows)
    assert "scikit-learn" in manifest.libraries
    assert verify(load(saved.path, saved.sha256), manifest)


def test_another_model_does_not_verify(models: dict[str, Pipeline], saved: Artifact) -> None:
    manifest = Manifest.read(saved.manifest)
    assert [verify(model, manifest) for model in models.values()].count(True) == 1


def _joblib(model: object) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(model, buffer)
    return buffer.getvalue()


def refused(path: Path, words: str, sha256: str | None = None) -> None:
    """Load a file with its own digest, as if it had been registered: the types must be the wall that holds."""
    with pytest.raises(ArtifactUntrusted) as raised:
        load(path, sha256 or hashlib.sha256(path.read_bytes()).hexdigest())
    error = raised.value
    assert words in error.found
    assert str(path) in error.where
    assert error.expected
    assert error.next_command


def flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize(
    "change",
    [flip, lambda content: content[:-1], lambda content: content + b"\0", lambda _: b""],
    ids=["a bit flipped", "a byte less", "a byte more", "empty"],
)
def test_a_changed_file_is_not_even_opened(
    change: Callable[[bytes], bytes], saved: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[bytes] = []
    monkeypatch.setattr(skops.io, "loads", lambda content, **_: opened.append(content))
    saved.path.write_bytes(change(saved.path.read_bytes()))
    refused(saved.path, "", saved.sha256)
    assert opened == []


def test_a_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "model.skops", "no file", "0" * 64)


def test_a_truncated_archive_is_refused(saved: Artifact) -> None:
    saved.path.write_bytes(saved.path.read_bytes()[:-100])
    refused(saved.path, "BadZipFile")


@pytest.mark.parametrize("dumps", [pickle.dumps, _joblib], ids=["pickle", "joblib"])
def test_pickle_and_joblib_are_refused(dumps: Callable[[object], bytes], trees: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "model.skops").write_bytes(dumps(trees))
    refused(tmp_path / "model.skops", "BadZipFile")


class Reduced:
    """What pickle would run when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"touch {self.path}",)


def test_pickle_that_runs_a_command_runs_nothing(tmp_path: Path) -> None:
    (tmp_path / "model.skops").write_bytes(pickle.dumps(Reduced(tmp_path / "ran")))
    refused(tmp_path / "model.skops", "BadZipFile")
    assert not (tmp_path / "ran").exists()


def test_a_function_of_the_system_inside_an_archive_is_refused(tmp_path: Path, trees: Pipeline) -> None:
    evil = Pipeline([("run", FunctionTransformer(os.system)), *trees.steps])
    (tmp_path / "model.skops").write_bytes(skops.io.dumps(evil))
    refused(tmp_path / "model.skops", "posix.system" if os.name == "posix" else "system")


def test_an_edited_schema_is_refused_whatever_lists_lie_inside_or_beside(saved: Artifact) -> None:
    def edit(schema: dict[str, object]) -> None:
        schema |= {"__module__": "os", "__class__": "system", "__loader__": "TypeNode"}
        schema["trusted"] = schema["skops_trusted_types"] = ["os.system"]

    saved.path.write_bytes(_edited(saved.path.read_bytes(), edit))
    saved.path.with_name("MLmodel").write_text("skops_trusted_types: [os.system]")
    refused(saved.path, "os.system")


@pytest.mark.parametrize("content", ["not json", "{}", "[]", '{"protocol": 99}'])
def test_a_schema_that_is_none_is_refused(content: str, tmp_path: Path) -> None:
    with ZipFile(tmp_path / "model.skops", "w") as target:
        target.writestr("schema.json", content)
    refused(tmp_path / "model.skops", "Error")


@pytest.mark.parametrize("model", [{"a": 1}, LinearRegression(), Pipeline([("only", LinearRegression())])], ids=str)
def test_a_harmless_object_that_is_no_model_of_ours_is_refused(model: object, tmp_path: Path) -> None:
    (tmp_path / "model.skops").write_bytes(skops.io.dumps(model))
    refused(tmp_path / "model.skops", type(model).__name__)


def _edited(content: bytes, edit: Callable[[dict[str, object]], None]) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as source, ZipFile(buffer, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "schema.json":
                schema = json.loads(data)
                edit(schema)
                data = json.dumps(schema).encode()
            target.writestr(name, data)
    return buffer.getvalue()
