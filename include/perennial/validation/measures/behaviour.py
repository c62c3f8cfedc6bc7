"""Run the tests of behaviour that the spec declares (Ribeiro et al. 2020) on rows of the holdout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from perennial.spec.decisions import Direction, GoldenRow, Invariance
from perennial.validation.case import Case
from perennial.validation.flips import Answers, flipped
from perennial.validation.gates.behaviour import Behaviour, Kind, Tested
from perennial.validation.sample import Sample

Test = Invariance | Direction | GoldenRow
Found = tuple[int, float, str]
"""Rows, the share of them that holds, and what is said."""


def behaviour(case: Case) -> Behaviour:
    """Run every declared test; one that does not fit the model is told, not raised."""
    declared, sample = case.spec.behaviour, Sample.of(case)
    before = sample.ask(sample.frame)
    tests: tuple[Test, ...] = (*declared.invariance, *declared.direction, *declared.golden)
    return Behaviour(tuple(_told(test, sample, before) for test in tests))


def _told(test: Test, sample: Sample, before: Answers) -> Tested:
    kind, run = _RUN[type(test)]
    try:
        rows, holds, said = run(test, sample, before)
    except ValueError as error:
        rows, holds, said = 0, 0.0, str(error)
    wanted = 1.0 if isinstance(test, GoldenRow) else test.share
    return Tested(test.name, kind, rows, holds, wanted, said)


def _invariance(test: Invariance, sample: Sample, before: Answers) -> Found:
    """Set a column to each value: scores may hardly move, and no decision change where the rule reads the column."""
    moved, turned = np.zeros(len(before.scores)), np.zeros(len(before.scores), dtype=bool)
    for value in test.values:  # noqa: PD011 - a list of the spec, no frame
        after = _with(sample, test.column, value)
        moved = np.maximum(moved, np.abs(after.scores - before.scores))
        if test.column in sample.groups:
            turned |= flipped(before, after)
    good = (moved <= test.within) & ~turned
    more = f", {turned.mean():.1%} are decided otherwise" if turned.any() else ""
    return len(good), float(good.mean()), f"a score moves by up to {moved.max():.3g}, {test.within:g} is allowed{more}"


def _direction(test: Direction, sample: Sample, before: Answers) -> Found:
    """Move a number in every row that has it: the score goes where it is expected, or stays."""
    if test.column not in {column.name for column in sample.kind("numeric")}:
        raise ValueError(f"{test.column} is no number that the model reads")
    known = sample.frame[test.column].notna().to_numpy()
    if not known.any():
        raise ValueError(f"no row has a {test.column}")
    after = sample.ask(sample.frame.assign(**{test.column: sample.frame[test.column] + test.by}))
    step = (after.scores - before.scores)[known] * (1 if test.expect == "up" else -1)
    went, back = (step > 0).mean(), (step < 0).mean()
    said = f"{test.column} {test.by:+g}: {test.expect} in {went:.1%}, the other way in {back:.1%}"
    return int(known.sum()), float((step >= 0).mean()), said


def _golden(test: GoldenRow, sample: Sample, _: Answers) -> Found:
    """Ask for one row, all its other columns missing; its name draws the lot where the rule draws any.

    A case may name what this version does not read (a sex, where no rule asks for it), but not nothing else.
    """
    if not set(test.row) & {*sample.frame, *sample.groups}:
        raise ValueError(f"neither model nor rule reads {', '.join(test.row)}")
    row, group = (_row(test, part) for part in (sample.frame, sample.groups))
    found = replace(sample, frame=row, groups=group, ids=[test.name]).ask(row)
    if found.decisions is None:
        raise ValueError("a number is predicted: there is no decision")
    decided = found.decisions[0]
    said = "no decision, the group was never seen" if np.isnan(decided) else f"decided {decided:.0f}"
    return 1, float(decided == test.decision), f"{said} at score {found.scores[0]:.3g}, {test.decision} expected"


def _row(test: GoldenRow, like: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({str(name): [test.row.get(str(name))] for name in like}, index=[0])


def _with(sample: Sample, column: str, value: Any) -> Answers:
    """Ask again with one column of every row set to a value."""
    if column in sample.groups:
        sample = replace(sample, groups=sample.groups.assign(**{column: value}))
    elif column not in sample.frame:
        raise ValueError(f"neither model nor rule reads {column}")
    return sample.ask(sample.frame.assign(**{column: value}) if column in sample.frame else sample.frame)


_RUN: Mapping[type[Test], tuple[Kind, Callable[..., Found]]] = {
    Invariance: ("invariance", _invariance),
    Direction: ("direction", _direction),
    GoldenRow: ("golden", _golden),
}
