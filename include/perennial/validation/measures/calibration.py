"""How the candidate prices on the holdout."""

from __future__ import annotations

from perennial.statistics.calibration import calibration_in_the_large
from perennial.validation.case import Case
from perennial.validation.estimate import Calibration, estimate


def calibration(case: Case) -> Calibration:
    """Measure how far the mean prediction lies from the observed share."""
    frame = case.scored.frame
    return Calibration(
        rows=len(frame),
        in_the_large=estimate(lambda: calibration_in_the_large(frame["y"], frame["p_candidate"], case.blocks)),
    )
