"""How often a decision flips when something goes wrong with the inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perennial.estimators.columns import Column
from perennial.statistics.shares import share
from perennial.validation.case import Case
from perennial.validation.estimate import Estimate, Unknown, estimate
from perennial.validation.flips import Answers, flipped, worse_side
from perennial.validation.gates.robustness import Attacked, Flips, Robustness, Swapped
from perennial.validation.perturbations.adversarial import affordable, attack
from perennial.validation.perturbations.missing_values import missing_values
from perennial.validation.perturbations.noise import noise
from perennial.validation.perturbations.out_of_range import out_of_range
from perennial.validation.perturbations.units import beyond, refused, swapped
from perennial.validation.perturbations.unseen_categories import unseen_categories
from perennial.validation.sample import Sample

Perturbation = Callable[[pd.DataFrame, Sequence[Column], np.random.Generator], pd.DataFrame]

ALONE = 512
"""Rows on which each column is changed alone, to name the one that flips most."""


def robustness(case: Case) -> Robustness:
    """Change the rows of the sample in every way, decide them again with the same lots, and count."""
    sample = Sample.of(case)
    before = sample.ask(sample.frame)
    flips = partial(_flips, sample, before, seed=case.spec.train.seed)
    numeric, categorical = sample.kind("numeric"), sample.kind("categorical")
    return Robustness(
        noise=flips(noise, numeric),
        missing_values=flips(missing_values, sample.columns, alone=partial(missing_values, lost=1.0)),
        unseen_categories=flips(unseen_categories, categorical),
        out_of_range=flips(out_of_range, tuple(one for one in numeric if one.low is not None)),
        units={name: _swapped(case, sample, before, name) for name in case.spec.robustness.units},
        adversarial=_attacked(sample, before, case.spec.robustness.changeable, least=case.policy.min_rows),
    )


def _flips(
    sample: Sample,
    before: Answers,
    change: Perturbation,
    columns: Sequence[Column],
    *,
    seed: int,
    alone: Perturbation | None = None,
) -> Flips | None:
    """Change all columns, then each by itself; None where the model reads no such column."""
    if not columns:
        return None
    rng = np.random.default_rng(seed)
    turned = flipped(before, sample.ask(change(sample.frame, columns, rng)))
    by_column = _by_column(sample, before, alone or change, columns, rng)
    hits, rows = int(turned.sum()), len(turned)
    return Flips(rows, estimate(lambda: share(hits, rows)), worse_side(before, turned), by_column)


def _by_column(
    sample: Sample, before: Answers, change: Perturbation, columns: Sequence[Column], rng: np.random.Generator
) -> dict[str, float]:
    """Return the share of some rows that each column flips by itself, the largest first."""
    places = np.arange(len(sample.frame))[:: max(1, len(sample.frame) // ALONE)]
    rows = sample.frame.iloc[places]
    changed = pd.concat([change(rows, [column], rng) for column in columns])
    again = np.tile(places, len(columns))
    turned = flipped(before.take(again), sample.ask(changed, again)).reshape(len(columns), -1).mean(axis=1)
    found = {column.name: float(one) for column, one in zip(columns, turned, strict=True)}
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def _swapped(case: Case, sample: Sample, before: Answers, column: str) -> Swapped | Unknown:
    """Bring one number in another unit in every row that has it."""
    known = {one.name: one for one in sample.kind("numeric")}
    if column not in known:
        return Unknown(f"{column} is no number that the model reads")
    factor = case.spec.robustness.units[column]
    changed = swapped(sample.frame, column, factor)
    values = changed[column].to_numpy()
    turned = flipped(before, sample.ask(changed))
    kept_out, strange = refused(values, column, case.spec), beyond(values, known[column])
    return Swapped(
        rows=len(turned),
        factor=factor,
        flips=float(turned.mean()),
        refused=float(kept_out.mean()),
        beyond=float(strange.mean()),
        silent=worse_side(before, turned & ~kept_out & ~strange),
    )


def _attacked(sample: Sample, before: Answers, bounds: Mapping[str, float], *, least: int) -> Attacked | Unknown:
    """Search for every row that was decided against, as far as predictions last, but for as many as the gate needs."""
    known = {one.name: one for one in sample.kind("numeric") if one.low is not None}
    if not bounds:
        return Unknown("no number that a person could change is declared: robustness.changeable")
    if strange := [name for name in bounds if name not in known]:
        return Unknown(f"{', '.join(strange)}: no number that the model reads")
    if before.decisions is None:
        return Unknown("a number is predicted: nobody is decided against")
    against = np.flatnonzero(before.decisions == 0.0)
    places = _spread(against, max(least, affordable(bounds)))
    found = attack(sample.frame, places, bounds, known, sample.ask)
    hits, rows = int(found.flipped.sum()), len(places)
    shares: Estimate = estimate(lambda: share(hits, rows))
    return Attacked(rows, shares, dict(found.by), found.predictions)


def _spread(places: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return at most so many of them, evenly spread."""
    return places[np.linspace(0, len(places) - 1, min(most, len(places))).astype(np.int64)]
