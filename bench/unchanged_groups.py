"""How often slices and groups of people are accused in years in which nothing changes.

    python bench/unchanged_groups.py [--years 40]

Slices: flights of a quarter, each day scored by a fit on other days of it; years are drawn from these days, in blocks
of one day and of a week. Fairness: people of the census, each scored by a fit on others and decided on by the costs of
the spec without a mitigation, so that groups lie beyond the limits and chance alone can make them look worse. Each year
has a holdout of its own, drawn alike. The rules are the monitors' own, by the specs and policies of the two models.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from common import finish, say
from unchanged import BLOCKS, QUARTERS, TIMES, WEEKS
from unchanged_rows import Codes, decided_people, scored_flights

from perennial.estimators.grouping import grouping
from perennial.keys import Window
from perennial.monitoring.decisions import fairness, slices
from perennial.monitoring.slices import skills
from perennial.policy import Policy, load_policy
from perennial.settings import PROJECT, Settings
from perennial.spec import Spec, load_spec
from perennial.statistics.fairness import count, gap, large
from perennial.statistics.groups import Ratio
from perennial.statistics.resampling import Interval

Year = Callable[[np.random.Generator], list[list[str]]]
"""Names, for each window of a simulated year, who is accused."""
PARTS = 24
"""Parts that the two years of the census are cut into; a window and a holdout have two."""


def main() -> None:
    options = _options()
    spec, policy = _model("flight_delay")
    pools = [scored_flights(window) for window in map(Window.parse, QUARTERS)]
    found = {
        f"slices, blocks of {block}": accused(
            [partial(flown_year, spec, policy, one, block) for one in pools], options.years
        )
        for block in BLOCKS
    }
    spec, policy = _model("census_income")
    found["fairness"] = accused([partial(lived_year, spec, policy, decided_people(spec))], options.years)
    nominal = spec.monitor.performance.false_alarms.yearly
    target = TIMES * nominal
    passed = all(one["windows"] <= target for one in found.values())
    finish({"years": options.years, "nominal": nominal, "target": target, "passed": passed, "by_rule": found})


def accused(years: list[Year], many: int) -> dict[str, Any]:
    """Count windows in which somebody is accused, and episodes of them, a year; and who, most often first."""
    told = [years[n % len(years)](np.random.default_rng(n)) for n in range(many)]
    names = pd.Series([name for year in told for window in year for name in window], dtype=str).value_counts()
    began = [sum(bool(now) and not then for then, now in zip([[], *year], year, strict=False)) for year in told]
    found = {
        "windows": round(sum(bool(window) for year in told for window in year) / many, 2),
        "episodes": round(sum(began) / many, 2),
        "of_windows": len(told[0]),
        "who": {str(name): round(int(times) / many, 2) for name, times in names.head(5).items()},
    }
    say(f"{many} years without change: {found}")
    return found


def flown_year(spec: Spec, policy: Policy, rows: pd.DataFrame, block: int, rng: np.random.Generator) -> list[list[str]]:
    """Name the slices that each window of a year says to have lost."""
    places = np.split(np.arange(len(rows)), np.cumsum(np.bincount(rows["number"]))[:-1])

    def drawn(days: int) -> Codes:
        firsts = rng.integers(0, len(places), -(-days // block))
        return np.asarray((firsts[:, None] + np.arange(block)).ravel()[:days] % len(places))

    def measured(days: Codes) -> dict[tuple[str, str], Ratio]:
        there = rows.iloc[np.concatenate([places[day] for day in days])]
        blocks = np.repeat(np.arange(len(days)), [len(places[day]) for day in days])
        return {
            (column, name): one
            for column in spec.slices
            for name, (one, enough) in skills(spec, policy, there, blocks, column).items()
            if enough
        }

    then, life = measured(drawn(spec.train.holdout)), drawn(WEEKS * 7)
    told = []
    for end in range(spec.monitor.window, len(life) + 1, spec.monitor.every):
        now = measured(life[end - spec.monitor.window : end])
        pairs = [slices.Pair(*name, one, then[name]) for name, one in now.items() if name in then]
        margin = policy.gates["slices"].limit
        told.append([f"{one.column}={one.name}" for one in slices.judge(pairs, margin) if one.lost])
    return told


def lived_year(spec: Spec, policy: Policy, people: pd.DataFrame, rng: np.random.Generator) -> list[list[str]]:
    """Name the attributes that each window of a year watches or alarms for, the verdict before the name."""
    codes = {name: grouping(people, name) for name in spec.protected}
    y, decision = (people[name].to_numpy(dtype=np.int64) for name in ("y", "decision"))

    def measured(at: Codes, name: str, sure: float) -> Interval:
        criterion, groups = spec.protected[name].criterion, codes[name]
        counts = count(groups.codes[at], y[at], decision[at], len(groups.names))
        enough = large(counts, criterion, rows=policy.min_group, positives=policy.min_positives)
        return gap(criterion, counts[enough], level=sure).interval

    def gaps(at: Codes) -> list[fairness.Gap]:
        return [
            fairness.Gap(name, rule.criterion, measured(at, name, sure), then[name], None, None, limits[rule.criterion])
            for name, rule in spec.protected.items()
        ]

    parts = [rng.integers(0, len(people), len(people) // PARTS) for _ in range(15)]
    windows = [np.concatenate(pair) for pair in pairwise(parts)]
    sure, limits = fairness.level(spec), policy.gates
    then = {name: measured(windows[0], name, 0.95) for name in spec.protected}
    # A year from the first window that shares no part with the holdout.
    told = [[one for one in gaps(at) if one.verdict in ("watch", "alarm")] for at in windows[2:]]
    return [[f"{one.verdict}: {one.attribute}" for one in window] for window in told]


def _model(name: str) -> tuple[Spec, Policy]:
    spec = load_spec(PROJECT / "include" / "models" / name / "model.yaml")
    return spec, load_policy(Settings().policies, spec)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=40)
    return parser.parse_args()


if __name__ == "__main__":
    main()
