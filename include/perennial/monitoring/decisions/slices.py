"""Which slices lost what the champion could when it was validated? Pure.

The usual risk, 5 % for all slices of a window, is not spread over the year: that a loss has to be material, too, keeps
false words rare (`bench/unchanged_groups.py`: about one window a year, where weeks hang together); a person watches.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from perennial.statistics.groups import Ratio, falls_behind, holm, p_value, reach


@dataclass(frozen=True)
class Slice:
    """Rows with one value of a column: Brier skill against their own base rate, now and at validation."""

    column: str
    name: str
    rows: int
    now: float
    then: float
    change: float
    low: float
    """ends of intervals that hold for all slices together"""
    high: float
    p: float
    """two-sided, that nothing changed, adjusted for all slices (Holm 1979)"""
    lost: bool

    def to_dict(self) -> dict[str, Any]:
        """Return what a report keeps of it."""
        return asdict(self)


class Pair(NamedTuple):
    """A slice's skill now and at validation."""

    column: str
    name: str
    now: Ratio
    then: Ratio

    @property
    def change(self) -> Ratio:
        """Now minus then, of independent rows; the fewer blocks of the two say how sure it is."""
        now, then = self.now, self.then
        freedom = min(now.freedom, then.freedom)
        return Ratio(now.rows, now.value - then.value, math.hypot(now.error, then.error), freedom)


def judge(found: Sequence[Pair], margin: float) -> list[Slice]:
    """Compare each slice; lost is taken as the gate of slices takes it."""
    known = [one for one in found if not math.isnan(one.change.value)]
    adjusted = holm([p_value(one.change) for one in known])
    return [_slice(one, p, len(known), margin) for one, p in zip(known, adjusted, strict=True)]


def _slice(pair: Pair, p: float, count: int, margin: float) -> Slice:
    change = pair.change
    half = reach(change, count)
    return Slice(
        column=pair.column,
        name=pair.name,
        rows=pair.now.rows,
        now=pair.now.value,
        then=pair.then.value,
        change=change.value,
        low=change.value - half,
        high=change.value + half,
        p=p,
        lost=falls_behind(change.value, p, margin),
    )
