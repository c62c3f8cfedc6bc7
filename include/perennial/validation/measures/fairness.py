"""How groups of people are decided about on the holdout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from perennial.estimators.grouping import Grouping, crossed, grouping
from perennial.policy import Policy
from perennial.statistics.fairness import COMPARED, RATES, Counts, Gap, count, gap, large, rates
from perennial.validation.case import Case
from perennial.validation.estimate import Estimate, Unknown
from perennial.validation.gates.fairness import Attribute, Compared, Fairness, Group


def fairness(case: Case) -> Fairness:
    """Compare the groups of each protected attribute, and of each pair of attributes, by every criterion."""
    alone = {name: grouping(case.scored.groups, name) for name in case.spec.protected}
    pairs = {f"{a}+{b}": crossed(alone[a], alone[b]) for a, b in combinations(alone, 2)}
    return Fairness(tuple(_attribute(case, name, groups) for name, groups in (alone | pairs).items()))


def _attribute(case: Case, name: str, found: Grouping) -> Attribute:
    frame = case.scored.frame
    decided = frame["d_candidate"].notna().to_numpy()
    by_row = case.spec.resampling_unit == "row"
    blocks = np.unique(case.blocks[decided], return_inverse=True)[1]
    y, decision = (frame[name][decided].to_numpy(dtype=np.int64) for name in ("y", "d_candidate"))
    counts = count(found.codes[decided], y, decision, len(found.names), None if by_row else blocks)
    pooled = counts if by_row else counts.sum(axis=0)
    held = np.bincount(found.codes[~decided], minlength=len(found.names))
    groups = tuple(_group(one, pooled[place], int(held[place])) for place, one in enumerate(found.names))
    compared = {criterion: _compared(criterion, counts, pooled, groups, case.policy) for criterion in COMPARED}
    return Attribute(name, groups, compared)


def _group(name: str, counts: Counts, held: int) -> Group:
    shares: Mapping[str, float | None] = {rate: _share(float(rates(counts[None], rate)[0])) for rate in RATES}
    return Group(name, int(counts.sum()), held, int(counts[1].sum()), **shares)


def _share(value: float) -> float | None:
    return None if np.isnan(value) else value


def _compared(criterion: str, counts: Counts, pooled: Counts, groups: Sequence[Group], policy: Policy) -> Compared:
    """Compare the groups that have rows enough for every rate of a criterion."""
    enough = large(pooled, criterion, rows=policy.min_group, positives=policy.min_positives)
    names = [group.name for group, kept in zip(groups, enough, strict=True) if kept]
    small = {group.name: group.rows for group, kept in zip(groups, enough, strict=True) if not kept}
    found, estimated = _gap(criterion, counts[..., enough, :, :], len(names))
    lowest, highest = (names[found.lowest], names[found.highest]) if found else (None, None)
    return Compared(estimated, lowest, highest, int(pooled[enough].sum()), small)


def _gap(criterion: str, counts: Counts, groups: int) -> tuple[Gap | None, Estimate]:
    if groups <= 1:
        return None, Unknown(f"{groups} of the groups has rows enough, two are needed")
    try:
        found = gap(criterion, counts)
    except ValueError as undefined:
        return None, Unknown(str(undefined))
    return found, found.interval
