"""The estimator inside a pipeline is found, recalibrated or not."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

from perennial.estimators.inner import STEP, inner, method_of
from perennial.estimators.pipeline import build, fit

ROWS = pd.DataFrame({"x": np.arange(40.0)})
LABELS = np.arange(40) % 3 == 0


def test_the_estimator_of_a_plain_pipeline_is_its_last_step() -> None:
    model = fit(build("sklearn.linear_model.LogisticRegression", {}, ["x"], [], 0), ROWS, LABELS)
    assert inner(model) is model.named_steps[STEP]
    assert method_of(model.named_steps[STEP]) == "none"


def test_a_recalibration_is_looked_through() -> None:
    model = fit(build("sklearn.linear_model.LogisticRegression", {}, ["x"], [], 0), ROWS, LABELS)
    bare = model.named_steps[STEP]
    wrapped = CalibratedClassifierCV(FrozenEstimator(bare), method="sigmoid", cv=2)
    model.steps[-1] = (STEP, wrapped.fit(model.named_steps["columns"].transform(ROWS), LABELS))
    assert inner(model) is bare
    assert method_of(model.named_steps[STEP]) == "sigmoid"
