"""Years in which nothing changes, and how often the monitor `performance` accuses the champion all the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from common import say
from numpy.typing import NDArray

from perennial.datasets import Columns
from perennial.estimators.pipeline import build, fit
from perennial.estimators.predict import predict
from perennial.keys import Window
from perennial.monitoring.decisions.performance import judge, levels, lost
from perennial.spec import Spec
from perennial.statistics.bootstrap import Interval, bootstrap
from perennial.statistics.replicates import auc_from, ratio_of, won_between

FOLDS, DRAWS, WEEKS = 5, 1_000, 52
BLOCKS = (1, 7)
"""Days that are drawn together."""
QUARTERS = ("2013-01-01..2013-03-31", "2013-04-01..2013-06-30", "2013-07-01..2013-09-30", "2013-10-01..2013-12-31")
TIMES = 2.0
"""How many times the rate of the spec is put up with: two windows in a row are often one event."""
Days = NDArray[np.int64]


@dataclass(frozen=True)
class Pool:
    """Days among which nothing changes, scored by a model that did not learn from them; counts of shape (days,)."""

    won: NDArray[np.float64]
    """pairs that the late flights of a day win against the others of another, twice, (days, days)"""
    late: Days
    others: Days
    excess: NDArray[np.float64]
    """sum of prediction minus label"""


def accused(spec: Spec, frame: pd.DataFrame, columns: Columns, years: int) -> dict[str, Any]:
    """Count windows with an alarm a year, by what was said to be lost, for each size of block."""
    there = [window for window in map(Window.parse, QUARTERS) if window.last <= frame["day"].max()]
    pools = [pool(spec, frame, columns, window) for window in there]
    found = {}
    for block in BLOCKS:
        counts = [year(spec, pools[n % len(pools)], block, np.random.default_rng([n, block])) for n in range(years)]
        found[str(block)] = {name: round(float(np.mean([one[name] for one in counts])), 2) for name in counts[0]}
        say(f"blocks of {block} days, {years} years without change: {found[str(block)]}")
    nominal = spec.monitor.performance.false_alarms.yearly
    return {"years": years, "nominal": nominal, "target": TIMES * nominal, "by_block": found}


def pool(spec: Spec, frame: pd.DataFrame, columns: Columns, window: Window) -> Pool:
    """Score each day of a quarter with a fit on other days of it: what differs between days is chance."""
    rows = frame[(frame["day"] >= window.first) & (frame["day"] <= window.last)].sort_values("day", kind="stable")
    y = rows[spec.label.column].to_numpy(dtype=np.int64)
    codes, days = pd.factorize(rows["day"])
    fold = (np.random.default_rng(0).permutation(len(days)) % FOLDS)[codes]
    p = np.empty(len(rows))
    for one in range(FOLDS):
        model = build(spec.train.estimator, spec.train.parameters, columns.numeric, columns.categorical, 0)
        fit(model, rows[fold != one], y[fold != one])
        p[fold == one] = predict(model, rows[fold == one])
    late, count = y == 1, len(days)
    won = won_between(p[late], codes[late], p[~late], codes[~late], count)
    sizes = [np.bincount(codes[one], minlength=count) for one in (late, ~late)]
    return Pool(won, sizes[0], sizes[1], np.bincount(codes, p - y, count))


def year(spec: Spec, found: Pool, block: int, rng: np.random.Generator) -> dict[str, int]:
    """Judge a year of windows beside a holdout that was drawn from the same days."""
    sure, length, every = levels(spec), spec.monitor.window, spec.monitor.every
    reference = _intervals(found, drawn(found, spec.train.holdout, block, rng), 0.95, 0.95)[0]
    life = drawn(found, WEEKS * 7, block, rng)
    told = [
        lost(judge(*_intervals(found, life[end - length : end], sure["quality"], sure["calibration"]), reference, spec))
        for end in range(length, len(life) + 1, every)
    ]
    return {
        "quality": sum("quality" in one for one in told),
        "calibration": sum("calibration" in one for one in told),
        "windows": sum(bool(one) for one in told),
        "episodes": sum(bool(one) and not before for before, one in zip([[], *told], told, strict=False)),
    }


def drawn(found: Pool, days: int, block: int, rng: np.random.Generator) -> Days:
    """Draw blocks of consecutive days, round the end, until there are enough."""
    known = len(found.late)
    firsts = rng.integers(0, known, -(-days // block))
    return np.asarray((firsts[:, None] + np.arange(block)).ravel()[:days] % known)


def _intervals(found: Pool, days: Days, quality: float, calibration: float) -> tuple[Interval, Interval]:
    """Return AUC and calibration in the large as the monitor measures them."""
    late, others, count = found.late[days], found.others[days], len(days)
    auc = bootstrap(auc_from(found.won[np.ix_(days, days)], late, others), count, B=DRAWS, level=quality)
    mean = ratio_of(found.excess[days], (late + others).astype(np.float64), np.arange(count), count)
    return auc, bootstrap(mean, count, B=DRAWS, level=calibration)
