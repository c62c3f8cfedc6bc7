"""A recalibrated model is a model like any other: kept, loaded, verified; and its probabilities are nearer to life."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline

from perennial.errors import ArtifactUntrusted
from perennial.estimators.artifact import load, save
from perennial.estimators.catalogue import name_of
from perennial.estimators.columns import Columns, to_frame
from perennial.estimators.inner import STEP, inner, unwrapped
from perennial.estimators.manifest import Manifest, describe, verify
from perennial.estimators.pipeline import build, fit
from perennial.estimators.predict import predict
from perennial.estimators.recalibration import recalibrate
from perennial.spec.decisions import Recalibration
from perennial.statistics.ranking import auc
from unit.validation.real import ROWS, TREES, fitted, parts

METHODS: tuple[Recalibration, ...] = ("sigmoid", "isotonic")
BALANCED = {"max_iter": 30, "class_weight": "balanced"}
"""Weights that make every score far too high: there is something to recalibrate."""


def rows() -> tuple:
    frame, numeric, categorical = parts("people")
    return frame.head(ROWS // 2), frame.iloc[ROWS // 2 : ROWS], frame.tail(ROWS), numeric, categorical


@pytest.mark.parametrize("method", METHODS)
def test_probabilities_come_nearer_to_shares_and_the_order_stays(method: Recalibration) -> None:
    first, second, later, numeric, categorical = rows()
    plain = fit(build(TREES, BALANCED, numeric, categorical, 0), first, first["y"])
    better = recalibrate(plain, second, second["y"], method)
    before, after = predict(plain, later), predict(better, later)
    share = later["y"].mean()
    assert abs(before.mean() - share) > 0.05
    assert abs(after.mean() - share) < 0.01
    assert auc(later["y"].to_numpy(), after) == pytest.approx(auc(later["y"].to_numpy(), before), abs=0.005)
    assert inner(better) is plain.named_steps["estimator"]


@pytest.mark.parametrize("method", METHODS)
def test_it_is_kept_loaded_and_verified_with_the_same_bytes_twice(method: Recalibration, tmp_path: Path) -> None:
    first, second, later, numeric, categorical = rows()
    kept = []
    for place in ("one", "two"):
        plain = fit(build(TREES, {"max_iter": 10}, numeric, categorical, 0), first, first["y"])
        model = recalibrate(plain, second, second["y"], method)
        kept.append(save(model, tmp_path / place, describe(model, first)))
    assert kept[0].path.read_bytes() == kept[1].path.read_bytes()
    loaded, manifest = load(kept[0].path, kept[0].sha256), Manifest.read(kept[0].manifest)
    assert np.array_equal(predict(loaded, later), predict(model, later))
    assert verify(loaded, manifest)
    assert (manifest.estimator, manifest.params["max_iter"], manifest.recalibrate) == (TREES, 10, method)
    assert inner(loaded) is not loaded.named_steps[STEP]
    assert isinstance(inner(loaded), HistGradientBoostingClassifier)


def test_an_estimator_outside_the_catalogue_is_not_let_in_by_a_calibrator(tmp_path: Path) -> None:
    first, second, _, _, _ = rows()
    plain = fitted("people")[0]
    columns = plain.named_steps["columns"]
    inputs = [columns.transform(to_frame(part, Columns.of(plain))) for part in (first, second)]
    stranger = GaussianNB().fit(np.nan_to_num(inputs[0]), first["y"])
    calibrated = CalibratedClassifierCV(FrozenEstimator(stranger)).fit(np.nan_to_num(inputs[1]), second["y"])
    assert name_of(unwrapped(calibrated)) is None
    manifest = describe(plain, first)
    written = save(Pipeline([("columns", columns), ("estimator", calibrated)]), tmp_path / "stranger", manifest)
    with pytest.raises(ArtifactUntrusted, match="of the catalogue"):
        load(written.path, written.sha256)


def test_a_calibrator_that_was_never_fitted_is_no_model(tmp_path: Path) -> None:
    plain = fitted("people")[0]
    empty = CalibratedClassifierCV(FrozenEstimator(inner(plain)))
    manifest = describe(plain, rows()[0])
    hollow = Pipeline([("columns", plain.named_steps["columns"]), ("estimator", empty)])
    written = save(hollow, tmp_path / "hollow", manifest)
    with pytest.raises(ArtifactUntrusted, match="of the catalogue"):
        load(written.path, written.sha256)
