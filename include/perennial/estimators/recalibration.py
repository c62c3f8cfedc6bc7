"""Put a fitted model's probabilities through a calibrator that was fitted on rows the model has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from perennial.estimators.columns import Columns, Data, to_frame
from perennial.estimators.inner import STEP, inner
from perennial.estimators.threads import limited
from perennial.spec.decisions import Recalibration

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

FOLDS = 2
"""The frozen model is fitted on none of them; fewer cost less."""


def recalibrate(
    model: Pipeline, data: Data, y: ArrayLike, method: Recalibration, *, threads: int | None = None
) -> Pipeline:
    """Return a pipeline whose estimator is the model's inside a calibrator; y of shape (n,), both classes.

    Platt (1999) for `sigmoid`, Zadrozny and Elkan (2002) for `isotonic`.
    """
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.frozen import FrozenEstimator
    from sklearn.pipeline import Pipeline

    columns = model.named_steps["columns"]
    calibrated = CalibratedClassifierCV(FrozenEstimator(inner(model)), method=method, cv=FOLDS)
    with limited(threads):
        calibrated.fit(columns.transform(to_frame(data, Columns.of(model))), y)
    return Pipeline([("columns", columns), (STEP, calibrated)])
