"""Decisions that became others, and predicted numbers that moved far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perennial.statistics.shares import share
from perennial.validation.estimate import Estimate, Unknown, estimate

FEW = 30
"""Rows of one decision below which a share of them says nothing."""
FAR = 0.25
"""A predicted number that moves by more than this share of the predictions' spread counts as another."""


@dataclass(frozen=True)
class Answers:
    """What a model says of some rows: scores (n,), and decisions (n,) unless it predicts a number."""

    scores: NDArray[np.float64]
    decisions: NDArray[np.float64] | None

    def take(self, places: Any) -> Answers:
        """Return the answers on the rows at these places."""
        return Answers(self.scores[places], None if self.decisions is None else self.decisions[places])


def flipped(before: Answers, after: Answers) -> NDArray[np.bool_]:
    """Tell which decisions are others, none at all (NaN) being one of its own; which predicted numbers are far off."""
    if before.decisions is None or after.decisions is None:
        return np.asarray(np.abs(after.scores - before.scores) > FAR * before.scores.std())
    return np.asarray(np.nan_to_num(before.decisions, nan=-1.0) != np.nan_to_num(after.decisions, nan=-1.0))


def worse_side(before: Answers, turned: NDArray[np.bool_]) -> Estimate:
    """Return the share of turned rows among those decided for, or among those decided against, whichever is larger.

    Of all rows it would say little where one decision is rare: losing every yes may be five rows of a hundred.
    """
    if before.decisions is None:
        return estimate(lambda: share(int(turned.sum()), len(turned)))
    sides = [turned[before.decisions == decision] for decision in (0.0, 1.0)]
    enough = [side for side in sides if len(side) >= FEW]
    if not enough:
        return Unknown(f"fewer than {FEW} rows of either decision")
    worst = max(enough, key=lambda side: float(side.mean()))
    return estimate(lambda: share(int(worst.sum()), len(worst)))
