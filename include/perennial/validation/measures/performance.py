"""How the candidate ranks on the holdout."""

from __future__ import annotations

from perennial.statistics.resampling import difference, interval
from perennial.validation.case import Case
from perennial.validation.estimate import Estimate, Performance, Unknown, estimate


def performance(case: Case) -> Performance:
    """Measure AUC (of a number: R squared), alone and as paired differences."""
    frame, blocks, metric = case.scored.frame, case.blocks, case.spec.train.quality
    y, mine = frame["y"], frame["p_candidate"]
    return Performance(
        rows=len(frame),
        metric=metric,
        quality=estimate(lambda: interval(metric, y, mine, blocks)),
        baseline=estimate(lambda: difference(metric, y, mine, frame["p_baseline"], blocks)),
        champion=None if case.champion is None else _against_champion(case),
        compared=int(frame["p_champion"].notna().sum()),
    )


def _against_champion(case: Case) -> Estimate:
    """Compare on the rows that both versions' features have."""
    known = case.scored.frame["p_champion"].notna()
    both, blocks = case.scored.frame[known], case.blocks[known]
    if both.empty:
        return Unknown("the champion's features have none of these rows")
    metric = case.spec.train.quality
    return estimate(lambda: difference(metric, both["y"], both["p_candidate"], both["p_champion"], blocks))
