"""How the candidate does on each slice of the holdout."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perennial.estimators.grouping import grouping
from perennial.statistics.groups import Ratio, holm, p_value, ratios, reach
from perennial.statistics.ranking import Floats
from perennial.validation.case import Case
from perennial.validation.gates.slices import Slice, Slices

Codes = NDArray[np.intp]


def slices(case: Case) -> Slices:
    """Compare squared errors with the champion's, on the rows of both; without one, with each slice's base rate.

    A share of the reference's Brier score is a skill score (Murphy 1973): one margin fits slices of any base rate.
    """
    frame, known = case.scored.frame, _known(case)
    rows, blocks = frame[known], np.unique(case.blocks[known], return_inverse=True)[1]
    found: list[tuple[str, str, Ratio, bool]] = []
    for column in case.scored.groups.columns:
        groups = grouping(case.scored.groups[known], column)
        count = len(groups.names)
        skills = _skills(rows, groups.codes, blocks, count, champion=case.champion is not None)
        found += zip([column] * count, groups.names, skills, _enough(case, rows, groups.codes, count), strict=True)
    large = [one[:3] for one in found if one[3]]
    small = [Slice(column, name, one.rows, None, None, None, None) for column, name, one, enough in found if not enough]
    everything = _skills(rows, np.zeros(len(rows), dtype=np.intp), blocks, 1, champion=case.champion is not None)
    declared = dict.fromkeys([*case.spec.slices, *case.spec.protected])
    absent = tuple(column for column in declared if column not in case.scored.groups)
    return Slices(_judged(large), tuple(small), case.champion is not None, _none(everything[0].value), absent)


def _enough(case: Case, rows: pd.DataFrame, codes: Codes, count: int) -> list[bool]:
    """Tell which slices can be judged: of a class, the rarer label has to be there often enough, too.

    Where hardly anything happens both Brier scores are next to nothing, and a share of nothing means nothing.
    """
    sizes, positives = np.bincount(codes, minlength=count), np.bincount(codes, rows["y"], count)
    enough = sizes >= case.policy.min_group
    if case.spec.train.task == "classification":
        enough &= np.minimum(positives, sizes - positives) >= case.policy.min_positives
    return [bool(one) for one in enough]


def _known(case: Case) -> NDArray[np.bool_]:
    """Tell which rows both versions score, (n,)."""
    if case.champion is None:
        return np.ones(len(case.scored.frame), dtype=np.bool_)
    return case.scored.frame["p_champion"].notna().to_numpy()


def _skills(rows: pd.DataFrame, codes: Codes, blocks: Codes, count: int, *, champion: bool) -> list[Ratio]:
    y = rows["y"].to_numpy(dtype=np.float64)
    mine: Floats = (rows["p_candidate"].to_numpy() - y) ** 2
    if champion:
        reference: Floats = (rows["p_champion"].to_numpy() - y) ** 2
    else:
        sizes = np.bincount(codes, minlength=count)
        reference = (y - (np.bincount(codes, y, count) / np.maximum(sizes, 1))[codes]) ** 2
    return ratios(reference - mine, reference, codes, blocks, count)


def _judged(large: list[tuple[str, str, Ratio]]) -> tuple[Slice, ...]:
    """Correct for the number of slices of all columns together; one without a reference is no finding."""
    adjusted = holm([1.0 if np.isnan(one.value) else p_value(one) for _, _, one in large])
    return tuple(_slice(*one, p, len(large)) for one, p in zip(large, adjusted, strict=True))


def _slice(column: str, name: str, one: Ratio, p: float, count: int) -> Slice:
    if np.isnan(one.value):
        return Slice(column, name, one.rows, None, None, None, None)
    half = reach(one, count)
    return Slice(column, name, one.rows, one.value, one.value - half, one.value + half, p)


def _none(value: float) -> float | None:
    return None if np.isnan(value) else value
