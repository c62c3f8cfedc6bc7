"""What the candidate's decisions cost on the holdout."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perennial.spec.decisions import Cost
from perennial.statistics.resampling import ratio_interval
from perennial.validation.case import Case
from perennial.validation.estimate import Unknown, estimate
from perennial.validation.gates.cost import Costs

Floats = NDArray[np.float64]


def cost(case: Case) -> Costs:
    """Compare with the champion's decisions on the same rows; without one, with the cheaper decision for all alike.

    The difference is divided by the cost of the cheaper decision for all: the economic value of Richardson (2000).
    """
    frame, prices = case.scored.frame, case.spec.cost
    decided = frame["d_candidate"].notna() & (frame["d_champion"].notna() if case.champion is not None else True)
    rows, blocks = frame[decided], case.blocks[decided.to_numpy()]
    everybody = {
        "deciding against everybody": costs(rows["y"], np.zeros(len(rows)), prices),
        "deciding for everybody": costs(rows["y"], np.ones(len(rows)), prices),
    }
    cheaper = min(everybody, key=lambda name: everybody[name].sum())
    without, mine = everybody[cheaper], costs(rows["y"], rows["d_candidate"], prices)
    theirs = without if case.champion is None else costs(rows["y"], rows["d_champion"], prices)
    return Costs(
        rows=len(rows),
        held=int((~decided).sum()),
        against=cheaper if case.champion is None else "the champion",  # type: ignore[arg-type]
        candidate=_mean(mine),
        other=_mean(theirs),
        without=_mean(without),
        difference=estimate(lambda: ratio_interval(mine - theirs, without, blocks))
        if len(rows)
        else Unknown("no row is decided by both"),
    )


def costs(y: pd.Series[int], decision: pd.Series[float] | Floats, prices: Cost) -> Floats:
    """Return the cost of each decision, (n,)."""
    label, decided = np.asarray(y) == 1, np.asarray(decision) == 1
    found: Floats = prices.false_positive * (decided & ~label) + prices.false_negative * (~decided & label)
    return found


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")
