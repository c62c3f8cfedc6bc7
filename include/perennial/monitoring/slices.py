"""How the champion does on each slice now, beside how it did on its holdout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perennial.estimators.grouping import grouping
from perennial.monitoring.case import Case
from perennial.monitoring.decisions.slices import Pair, Slice, judge
from perennial.monitoring.labels import blocks_of
from perennial.policy import Policy
from perennial.spec import Spec
from perennial.statistics.groups import Ratio, ratios

if TYPE_CHECKING:
    import pandas as pd

MARGIN = -0.05
"""Of Brier skill, where the policy has no gate for slices."""

Measured = dict[str, tuple[Ratio, bool]]
"""By the name of the slice: its skill, and whether it has rows enough to be judged."""


def slices(case: Case, rows: pd.DataFrame, reference: pd.DataFrame) -> tuple[list[Slice], dict[str, int]]:
    """Judge the slices that are large enough now and were at validation; give the rows of the others."""
    found: list[Pair] = []
    small: dict[str, int] = {}
    for column in case.spec.slices:
        now, then = (skills(case.spec, case.policy, one, blocks_of(case, one), column) for one in (rows, reference))
        for name, (skill, enough) in now.items():
            before = then.get(name)
            if enough and before and before[1]:
                found.append(Pair(column, name, skill, before[0]))
            else:
                small[f"{column}={name}"] = skill.rows
    limit = case.policy.gates.get("slices")
    return judge(found, limit.limit if limit else MARGIN), small


def figures(found: Sequence[Slice], small: dict[str, int]) -> dict[str, Any]:
    """Return what a report keeps."""
    return {"judged": [one.to_dict() for one in found], "small": small}


def skills(spec: Spec, policy: Policy, frame: pd.DataFrame, units: NDArray[Any], column: str) -> Measured:
    """Return 1 - the squared error / that of the slice's own base rate, for each slice; `units` of resampling, (n,)."""
    groups, y = grouping(frame, column), frame["y"].to_numpy(dtype=np.float64)
    count = len(groups.names)
    blocks = np.unique(units, return_inverse=True)[1]
    sizes = np.bincount(groups.codes, minlength=count)
    base = (np.bincount(groups.codes, y, count) / np.maximum(sizes, 1))[groups.codes]
    spread = (y - base) ** 2
    found = ratios(spread - (frame["score"].to_numpy() - y) ** 2, spread, groups.codes, blocks, count)
    enough = sizes >= policy.min_group
    if spec.train.task == "classification":
        positives = np.bincount(groups.codes, y, count)
        enough &= np.minimum(positives, sizes - positives) >= policy.min_positives
    return {name: (found[place], bool(enough[place])) for place, name in enumerate(groups.names)}
