"""Did the inputs or the scores drift? Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from perennial.monitoring.result import Verdict

Shape = Literal["", "constant", "empty", "vanished", "new", "frozen"]
"""What is special: one value on both sides, nothing on both, nothing now, nothing before, one value now."""
NOTES: Mapping[Shape, str] = {
    "constant": "one value, the same as before",
    "empty": "empty on both sides",
    "vanished": "holds nothing now",
    "new": "held nothing in the reference",
    "frozen": "holds one value now",
}
SURE: frozenset[Shape] = frozenset({"vanished", "new"})
"""No chance does that: it counts at once."""
UNMEASURED: frozenset[Shape] = SURE | {"constant", "empty"}
"""There is nothing to compare."""


@dataclass(frozen=True)
class Column:
    """One column's distance between reference and window."""

    distance: float | None
    """None where there is nothing to compare"""
    threshold: float
    shape: Shape = ""

    @property
    def beyond(self) -> bool:
        """Tell whether it is farther than chance takes it."""
        return self.shape in SURE or (self.distance is not None and self.distance > self.threshold)

    @property
    def excess(self) -> float:
        """Return the distance in thresholds."""
        return float("inf") if self.distance is None else self.distance / self.threshold


@dataclass(frozen=True)
class Judged:
    """What is said of a window, and which columns drifted, the farthest first."""

    verdict: Verdict
    why: str
    drifted: tuple[str, ...] = ()


def shape_of(before: int, now: int, *, once: bool, only: bool, same: bool) -> Shape:
    """Say what is special about a column: rows that hold something `before` and `now`; one value then (`once`), now."""
    if not before or not now:
        return "empty" if not before and not now else "vanished" if before else "new"
    if once and only and same:
        return "constant"
    return "frozen" if only and not once else ""


def judge(
    columns: Mapping[str, Column], earlier: Sequence[Collection[str]], k: int, critical: Collection[str]
) -> Judged:
    """Say which columns drifted: beyond now and in k windows of now and `earlier`; critical ones at once."""
    beyond = [name for name, column in columns.items() if column.beyond]
    seen = {name: 1 + sum(name in before for before in earlier) for name in beyond}
    sure = {name for name in beyond if seen[name] >= k or name in critical or columns[name].shape in SURE}
    drifted = tuple(sorted(sure, key=lambda name: (-columns[name].excess, name)))
    waiting = sorted(set(beyond) - sure, key=lambda name: (-columns[name].excess, name))
    many = f"{len(drifted) or 'none'} of {len(columns)} columns drifted"
    said = [f"{many}: {', '.join(drifted)}" if drifted else many]
    if waiting:
        said.append(f"{', '.join(waiting)} beyond the threshold, not in {k} windows yet")
    said += [f"{name} {NOTES[columns[name].shape]}" for name in drifted if columns[name].shape]
    return Judged("alarm" if drifted else "watch" if waiting else "ok", "; ".join(said), drifted)
