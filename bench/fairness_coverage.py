"""How often the intervals of fairness figures hold the truth, by simulation, next to the nominal 95 %.

    python bench/fairness_coverage.py [--trials 1000] [--draws 1000]

Groups of given sizes are drawn from known rates many times; each time the interval of `statistics.fairness.gap` either
holds the true figure or does not. The plain percentile bootstrap of the same counts stands beside it, and the share of
trials whose cautious end, the one that a gate looks at, is on the right side of the truth.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from common import finish, say
from numpy.typing import NDArray

from perennial.statistics.fairness import COMPARED, RATIO, gap, rates

NOMINAL = 0.95
BELOW = 0.02
"""An interval may cover less than promised by this much at most; 1,000 trials have a standard error of 0.007."""


@dataclass(frozen=True)
class Setting:
    """Groups: rows, and for each share of label 1, true positive rate, false positive rate."""

    name: str
    rows: Sequence[int]
    groups: Sequence[tuple[float, float, float]]

    @property
    def cells(self) -> NDArray[np.float64]:
        """Return the probability of each cell, (groups, 2, 2)."""
        each = [[[(1 - b) * (1 - f), (1 - b) * f], [b * (1 - t), b * t]] for b, t, f in self.groups]
        return np.array(each)


PLAIN = [(0.10, 0.53, 0.02), (0.025, 0.21, 0.002)]
"""Men and women as a plain model of the census decides about them."""
ALIKE = (0.06, 0.4, 0.03)
SETTINGS = (
    Setting("2 groups, alike", (8_000, 8_000), [ALIKE] * 2),
    Setting("2 groups, as men and women by a plain model", (8_000, 8_000), PLAIN),
    Setting("2 groups, one small, alike", (8_000, 300), [ALIKE] * 2),
    Setting("2 groups, one small, apart", (8_000, 300), PLAIN),
    Setting("5 groups, alike", (14_000, 1_600, 500, 300, 150), [(0.2, 0.5, 0.05)] * 5),
    Setting("5 groups, one apart", (14_000, 1_600, 500, 300, 150), [(0.2, 0.5, 0.05)] * 4 + [(0.2, 0.3, 0.02)]),
)


def main() -> None:
    options = _options()
    cases = []
    for setting in SETTINGS:
        for criterion in COMPARED:
            say(f"{criterion}: {setting.name}")
            cases.append(coverage(criterion, setting, options.trials, options.draws))
    worst = min(case["covered"] for case in cases)
    finish(
        {
            "trials": options.trials,
            "draws": options.draws,
            "nominal": NOMINAL,
            "worst": worst,
            "target": NOMINAL - BELOW,
            "passed": worst >= NOMINAL - BELOW,
            "cases": cases,
        }
    )


def coverage(criterion: str, setting: Setting, trials: int, draws: int) -> dict[str, Any]:
    """Count trials in which the interval, its cautious end, and a percentile bootstrap hold the truth."""
    true, rng = truth(criterion, setting.cells), np.random.default_rng(0)
    covered, cautious, plain, widths, seconds = 0, 0, 0, [], 0.0
    for trial in range(trials):
        counts = drawn(setting, rng)
        began = time.perf_counter()
        found = gap(criterion, counts, B=draws, seed=trial).interval
        seconds += time.perf_counter() - began
        covered += found.low <= true + 1e-9 and true - 1e-9 <= found.high
        cautious += found.low <= true + 1e-9 if criterion in RATIO else found.high >= true - 1e-9
        low, high = percentiles(criterion, counts, draws, rng)
        plain += low <= true + 1e-9 and true - 1e-9 <= high
        widths.append(found.high - found.low)
    return {
        "criterion": criterion,
        "setting": setting.name,
        "truth": round(true, 3),
        "covered": round(covered / trials, 3),
        "cautious": round(cautious / trials, 3),
        "percentile": round(plain / trials, 3),
        "width": round(float(np.mean(widths)), 3),
        "ms": round(1_000 * seconds / trials, 1),
    }


def truth(criterion: str, cells: NDArray[np.float64]) -> float:
    """Return the figure of the true rates."""
    return float(_figure(criterion, cells[None])[0])


def drawn(setting: Setting, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw each group's rows, (groups, 2, 2)."""
    pairs = zip(setting.rows, setting.cells, strict=True)
    return np.array([rng.multinomial(rows, cells.ravel()).reshape(2, 2) for rows, cells in pairs])


def percentiles(criterion: str, counts: NDArray[np.int64], draws: int, rng: np.random.Generator) -> tuple[float, float]:
    """Return the ends of the percentile bootstrap: multinomial draws of the counts, the figure of each."""
    total = counts.sum()
    again = rng.multinomial(total, counts.ravel() / total, size=draws).reshape(draws, *counts.shape)
    low, high = np.nanquantile(_figure(criterion, again), [(1 - NOMINAL) / 2, (1 + NOMINAL) / 2])
    return float(low), float(high)


def _figure(criterion: str, counts: NDArray[Any]) -> NDArray[np.float64]:
    found = [rates(counts, rate) for rate in COMPARED[criterion]]
    if criterion in RATIO:
        return np.asarray(found[0].min(axis=1) / found[0].max(axis=1))
    return np.asarray(np.max([np.ptp(one, axis=1) for one in found], axis=0))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=1_000)
    parser.add_argument("--draws", type=int, default=1_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
