"""The tree or linear estimator of a pipeline, reached through a recalibration where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perennial.spec.decisions import Recalibration

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

STEP = "estimator"
"""The step of a pipeline that predicts."""


def inner(model: Pipeline) -> Any:
    """Return the fitted estimator whose type the catalogue names; its scores are those before a recalibration."""
    return unwrapped(model.named_steps[STEP])


def unwrapped(step: Any) -> Any:
    """Return the estimator inside a fitted recalibration, and any other one as it is."""
    from sklearn.calibration import CalibratedClassifierCV

    if not isinstance(step, CalibratedClassifierCV):
        return step
    (calibrated,) = step.calibrated_classifiers_
    return calibrated.estimator.estimator


def method_of(step: Any) -> Recalibration:
    """Return how a step's probabilities are recalibrated."""
    from sklearn.calibration import CalibratedClassifierCV

    return step.method if isinstance(step, CalibratedClassifierCV) else "none"
