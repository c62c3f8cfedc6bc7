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

from perennial.spec.decisions import Cost

Floats = NDArray[np.float64]
Words = NDArray[np.object_]

LOTS = "perennial-lots-1"
"""Key of the hash; sixteen characters, as pandas wants it."""
JOINED = "|"
MISSING = "missing"


@dataclass(frozen=True)
class Step:
    """With this probability the decision is `score operator threshold`; without a threshold it is yes."""

    probability: float
    operator: Literal[">", ">=", "<"] = ">="
    threshold: float | None = None

    def met(self, scores: Floats) -> NDArray[np.bool_]:
        """Tell which scores the step decides for, (n,)."""
        if self.threshold is None:
            return np.ones(len(scores), dtype=bool)
        compare = {">": np.greater, ">=": np.greater_equal, "<": np.less}[self.operator]
        return np.asarray(compare(scores, self.threshold))

    def __str__(self) -> str:
        """Write it as people read it."""
        met = "always" if self.threshold is None else f"score {self.operator} {self.threshold:.6g}"
        return met if self.probability == 1 else f"{self.probability:.4g} of the time {met}"


@dataclass(frozen=True)
class DecisionRule:
    """`threshold` for everybody, or the steps of each group of some protected attributes."""

    threshold: float
    attributes: tuple[str, ...] = ()
    groups: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    method: str = "none"
    criterion: str | None = None

    def __str__(self) -> str:
        """Write it as people read it."""
        if not self.attributes:
            return f"yes from a score of {self.threshold:.6g} on"
        return f"{self.method}: {self.criterion} by {', '.join(self.attributes)}"

    def to_dict(self) -> dict[str, Any]:
        """Return what the ledger keeps of it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> DecisionRule:
        """Read it back."""
        groups = {name: tuple(Step(**step) for step in steps) for name, steps in kept["groups"].items()}
        return cls(**{**kept, "attributes": tuple(kept["attributes"]), "groups": groups})


def rule_of(version: Mapping[str, Any], cost: Cost) -> DecisionRule:
    """Return a registered version's rule; one from before rules were kept decides at the threshold of these costs."""
    kept = version.get("decision")
    return DecisionRule.from_dict(kept) if kept else DecisionRule(cost.threshold)


def decide(rule: DecisionRule, scores: Floats, groups: pd.DataFrame, ids: Sequence[Any], version: str) -> Floats:
    """Return 1.0, 0.0, or NaN where the group was never seen when the rule was made; (n,).

    `groups` has the rule's attributes as columns, (n, k); it may be empty of columns where the rule needs none.
    """
    if not rule.attributes:
        return (scores >= rule.threshold).astype(np.float64)
    shares = probabilities(rule, scores, groups)
    return np.where(np.isnan(shares), np.nan, (lots(ids, version) < shares).astype(np.float64))


def probabilities(rule: DecisionRule, scores: Floats, groups: pd.DataFrame) -> Floats:
    """Return the probability of a yes before lots are drawn, NaN where the group was never seen, (n,)."""
    names = group_names(groups, rule.attributes)
    found = np.full(len(scores), np.nan)
    for name, steps in rule.groups.items():
        chosen = names == name
        total = np.zeros(int(chosen.sum()))
        for step in steps:
            total += step.probability * step.met(scores[chosen])
        found[chosen] = total
    return found


def held(rule: DecisionRule, groups: pd.DataFrame) -> Words:
    """Return why a row gets no decision, or None where it gets one, (n,): which attribute has a value never seen."""
    if not rule.attributes:
        return np.full(len(groups), None, dtype=object)
    names = group_names(groups, rule.attributes)
    why = {name: _never_seen(rule, name) for name in set(names) - set(rule.groups)}
    return np.array([why.get(name) for name in names], dtype=object)


def _never_seen(rule: DecisionRule, name: str) -> str:
    values = dict(zip(rule.attributes, parts_of(name), strict=True))
    seen = [parts_of(group) for group in rule.groups]
    new = [at for place, at in enumerate(rule.attributes) if values[at] not in {parts[place] for parts in seen}]
    which = " and ".join(f"{at} {values[at]}" for at in new or rule.attributes)
    return f"group never seen: {which}{'' if new else ' together'}"


def group_names(groups: pd.DataFrame, attributes: Sequence[str]) -> Words:
    """Return each row's group, the values of the attributes joined; a missing value is `missing`; (n,)."""
    joined, *others = (_values(groups[name]) for name in attributes)
    for column in others:
        joined = joined + JOINED + column
    return joined.to_numpy(dtype=object)


def parts_of(name: str) -> list[str]:
    """Return the values of the attributes that a group's name joins."""
    return name.split(JOINED)


def _values(column: pd.Series) -> pd.Series:
    """Return values as text that does not hold the joint."""
    known = column.notna().to_numpy()
    found = column.astype(object).where(known, MISSING).astype(str)
    return found.str.replace(JOINED, "/", regex=False)


def lots(ids: Sequence[Any], version: str) -> Floats:
    """Return a number in [0, 1) for each id, the same for the same id and version in every process; (n,)."""
    named = pd.Series(ids).astype(str).to_numpy(dtype=object) + f"@{version}"
    hashed = pd.util.hash_array(named, hash_key=LOTS, categorize=False)
    return np.asarray((hashed >> np.uint64(11)).astype(np.float64) / 2.0**53)  # 53 bits: one more would round up to 1
