"""From a score to a decision: one threshold, or thresholds by group that a mitigation chose.

A rule is plain JSON in the ledger, applied here. Where a mitigation mixes two thresholds, fairlearn draws lots anew at
each call; here the lot of a person is a hash of its id and the version, so the same question has the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LOTS = "perennial-lots-1"
"""Key of the hash; sixteen characters, as pandas wants it."""
JOINED = "|"


@dataclass(frozen=True)
class Step:
    """With this probability the decision is `score operator threshold`."""

    probability: float
    operator: Literal[">", ">=", "<"]
    threshold: float


@dataclass(frozen=True)
class DecisionRule:
    """`threshold` for everybody, or the steps of each group of some protected attributes."""

    threshold: float
    attributes: tuple[str, ...] = ()
    groups: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    method: str = "none"
    criterion: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what the ledger keeps of it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> DecisionRule:
        """Read it back."""
        groups = {name: tuple(Step(**step) for step in steps) for name, steps in kept["groups"].items()}
        return cls(**{**kept, "attributes": tuple(kept["attributes"]), "groups": groups})


def decide(rule: DecisionRule, scores: Floats, groups: pd.DataFrame, ids: Sequence[Any], version: str) -> Floats:
    """Return 1.0, 0.0, or NaN where the group was never seen when the rule was made; (n,).

    `groups` has the rule's attributes as columns, (n, k); it may be empty of columns where the rule needs none.
    """
    if not rule.attributes:
        return (scores >= rule.threshold).astype(np.float64)
    names, drawn = group_names(groups, rule.attributes), lots(ids, version)
    decided = np.full(len(scores), np.nan)
    for name, steps in rule.groups.items():
        chosen = names == name
        decided[chosen] = drawn[chosen] < _share(steps, scores[chosen])
    return decided


def group_names(groups: pd.DataFrame, attributes: Sequence[str]) -> NDArray[np.object_]:
    """Return each row's group, the values of the attributes joined; a missing value is `missing`; (n,)."""
    columns = [groups[name].astype(object).where(groups[name].notna(), "missing").astype(str) for name in attributes]
    joined = columns[0]
    for column in columns[1:]:
        joined = joined + JOINED + column
    return joined.to_numpy(dtype=object)


def lots(ids: Sequence[Any], version: str) -> Floats:
    """Return a number in [0, 1) for each id, the same for the same id and version in every process; (n,)."""
    named = pd.Series(ids).astype(str).to_numpy(dtype=object) + f"@{version}"
    return pd.util.hash_array(named, hash_key=LOTS, categorize=False).astype(np.float64) / 2.0**64


def _share(steps: Sequence[Step], scores: Floats) -> Floats:
    """Return the probability of a positive decision at each score, (n,)."""
    total = np.zeros(len(scores))
    for step in steps:
        met = {">": np.greater, ">=": np.greater_equal, "<": np.less}[step.operator](scores, step.threshold)
        total += step.probability * met
    return total
