"""How the candidate prices on the holdout."""

from __future__ import annotations

from perennial.statistics.calibration import brier_skill, calibration_error_interval, calibration_in_the_large
from perennial.validation.case import Case
from perennial.validation.estimate import Calibration, estimate


def calibration(case: Case) -> Calibration:
    """Measure how far predictions lie from what happened, on the whole and bin by bin."""
    y, p, blocks = case.scored.frame["y"], case.scored.frame["p_candidate"], case.blocks
    return Calibration(
        rows=len(y),
        in_the_large=estimate(lambda: calibration_in_the_large(y, p, blocks)),
        error=estimate(lambda: calibration_error_interval(y, p, blocks)),
        skill=estimate(lambda: brier_skill(y, p, blocks)),
    )
