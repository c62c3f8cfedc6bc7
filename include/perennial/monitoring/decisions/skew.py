"""Was the champion given what the feature store says it was? Pure: counts in, verdict and reason out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from perennial.monitoring.result import Verdict

TOLERATED = 0.01
"""Share of rows that may differ before it is an alarm: below it a person is told, and nothing else."""
MATERIAL = 0.01
"""Mean change of the score from which on late corrections are told as more than a note."""
EXACT = 1e-6
"""Difference of a score that the same model and the same features may show on another machine."""


@dataclass(frozen=True)
class Compared:
    """Rows whose values were held against others: how many, how many differ, in which columns, and what it did."""

    rows: int
    differing: int = 0
    columns: Mapping[str, int] = field(default_factory=dict)
    """Column -> rows in which it differs, only where some do."""
    elsewhere: tuple[str, ...] = ()
    """Columns that differ by their checksums, in rows that were not kept."""
    score: float = 0.0
    """Mean absolute change of the score."""

    @property
    def share(self) -> float:
        """The share of rows that differ."""
        return self.differing / self.rows if self.rows else 0.0

    def __str__(self) -> str:
        """Say it in a few words."""
        named = sorted(self.columns, key=lambda name: (-self.columns[name], name))
        return f"{self.share:.2%} of {self.rows} rows differ ({some(named)})"


@dataclass(frozen=True)
class Skew:
    """What the feature log showed: against the same revisions, against those of now, against published scores."""

    again: Compared
    """Logged values against the same revisions, read again: nothing but a fault makes a difference."""
    now: Compared
    """Logged values against the revisions of now: what differs here alone was corrected since."""
    corrected: int
    """Feature partitions that have a newer revision than the one that was read."""
    largest: float
    """Largest difference between a published score and what the version says of the logged features."""


def judge(found: Skew) -> tuple[Verdict, str, tuple[str, ...]]:
    """Return verdict, reason and what it points at. A difference that no correction explains is skew."""
    if not found.again.rows:
        return "insufficient_data", "no features were logged for the window", ()
    faults = _faults(found)
    if faults:
        return "alarm", "; ".join(faults), tuple(found.again.columns)
    doubts = _doubts(found)
    why = "; ".join([*doubts, _corrections(found)])
    return ("watch" if doubts or found.now.score > MATERIAL else "ok"), why, ()


def _faults(found: Skew) -> list[str]:
    faults = []
    if found.again.share > TOLERATED:
        faults.append(f"features logged at scoring are not those of the same revisions: {found.again}")
    if found.largest > EXACT:
        faults.append(f"published scores differ by up to {found.largest:.3g} from what the version says of its input")
    return faults


def _doubts(found: Skew) -> list[str]:
    doubts = []
    if found.again.differing:
        doubts.append(f"features logged at scoring are not all those of the same revisions: {found.again}")
    if found.again.elsewhere:
        doubts.append(f"checksums differ in rows that were not kept: {some(found.again.elsewhere)}")
    return doubts


def _corrections(found: Skew) -> str:
    if not found.corrected:
        return f"{found.again.rows} logged rows are what the feature store gives again"
    return (
        f"{found.corrected} feature partitions were corrected since: {found.now}, "
        f"the score changes by {found.now.score:.3g} on average"
    )


def some(names: list[str] | tuple[str, ...], most: int = 4) -> str:
    """Write the first few names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return (", ".join(names[:most]) + more) or "none"
