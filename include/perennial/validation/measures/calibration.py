"""How the candidate prices on the holdout."""

from __future__ import annotations

from perennial.statistics.calibration import brier_skill, calibration_error_interval, calibration_in_the_large
from perennial.statistics.resampling import mean_interval
from perennial.validation.case import Case
from perennial.validation.estimate import Calibration, Unknown, estimate


def calibration(case: Case) -> Calibration:
    """Measure how far predictions lie from what happened, on the whole and bin by bin."""
    y, p, blocks = case.scored.frame["y"], case.scored.frame["p_candidate"], case.blocks
    if case.spec.train.task == "regression":
        unit, none = float(y.std(ddof=0)) or 1.0, Unknown("a number is predicted, no probability")
        return Calibration(len(y), estimate(lambda: mean_interval((p - y) / unit, blocks)), none, none)
    return Calibration(
        rows=len(y),
        in_the_large=estimate(lambda: calibration_in_the_large(y, p, blocks)),
        error=estimate(lambda: calibration_error_interval(y, p, blocks)),
        skill=estimate(lambda: brier_skill(y, p, blocks)),
    )
