"""Whether some part of the rows pays for what the others gain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from perennial.policy import Limit
from perennial.statistics.groups import falls_behind
from perennial.validation.gates.fairness import listed
from perennial.validation.gates.registry import GateResult, Outcome, Rule, gate, undeclared


@dataclass(frozen=True)
class Slice:
    """Rows with one value of a column, and the skill of the candidate on them."""

    column: str
    name: str
    rows: int
    value: float | None
    """1 - its Brier score / the reference's; None where that is 0 or stands in one block"""
    low: float | None
    """ends of intervals that hold for all slices together"""
    high: float | None
    p: float | None
    """two-sided, that there is no difference, adjusted for all slices (Holm 1979)"""


@dataclass(frozen=True)
class Slices:
    """The figures of the family."""

    slices: tuple[Slice, ...]
    small: tuple[Slice, ...]
    """slices of fewer rows than the policy's min_group, or of the rarer label than min_positives: listed, not judged"""
    champion: bool
    """whether the reference is the champion; else it is the slice's own base rate"""
    overall: float | None
    """the skill on all rows"""
    absent: tuple[str, ...] = ()
    """declared columns that the version's features do not have: it was made before they were declared"""


@gate("slices", "slices")
def slices(figures: Slices, rule: Rule) -> Sequence[GateResult]:
    """Ask of each column whether the candidate is worse in some slice by more than the margin, and beyond chance.

    That a small slice is *not* worse can never be shown: on it, the cautious end of an interval would stop everything.
    So a slice has to fall behind materially and significantly; that nothing is lost overall is asked by other gates
    with the cautious end. Without a champion nothing can be lost, so the result is a report.
    """
    columns = list(dict.fromkeys(one.column for one in (*figures.slices, *figures.small)))
    columns += [column for column in figures.absent if column not in columns]
    if not columns:
        return undeclared("slices", rule, "no slice is declared: slices, protected")
    return [_column(column, figures, rule) for column in columns]


def _column(column: str, figures: Slices, rule: Rule) -> GateResult:
    limit = rule.limit if figures.champion else rule.limit.model_copy(update={"mode": "report"})
    known = [one for one in figures.slices if one.column == column and one.value is not None]
    behind = [one for one in known if _behind(one, limit)]
    name = f"slices:{column}"
    if not known:
        absent = column in figures.absent
        why = "its features have no such column" if absent else f"no slice has rows enough{_rest(column, figures)}"
        return GateResult(name, None, None, None, limit.limit, "insufficient_data", why, limit.mode)
    worst = min(behind or known, key=lambda one: one.value or 0.0)
    against = "the champion" if figures.champion else "its own base rate, no champion yet"
    verdict: Outcome = "fail" if behind else "pass"
    why = f"{len(behind)} of {len(known)} slices fall behind; worst {worst.name} ({worst.rows} rows) against {against}"
    return GateResult(
        name, worst.value, worst.low, worst.high, limit.limit, verdict, why + _rest(column, figures), limit.mode
    )


def _behind(one: Slice, limit: Limit) -> bool:
    """Tell whether a slice is worse by more than the margin and beyond chance."""
    return one.value is not None and falls_behind(one.value, one.p or 0.0, limit.limit)


def _rest(column: str, figures: Slices) -> str:
    """Say which slices were not judged, and the skill on all rows."""
    small = {one.name: one.rows for one in figures.small if one.column == column}
    undefined = {one.name: one.rows for one in figures.slices if one.column == column and one.value is None}
    said = "" if figures.overall is None else f"; all rows {figures.overall:.4f}"
    said += f"; small: {listed(small)}" if small else ""
    return said + (f"; no reference: {listed(undefined)}" if undefined else "")
