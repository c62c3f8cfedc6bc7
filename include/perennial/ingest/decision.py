"""Does a partition pass its contract? A pure decision on counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from perennial.errors import ContractBroken

SHOWN = 6


@dataclass(frozen=True)
class DayCount:
    """What was found in one day of one table; `rules` counts the rows that break each rule, one row maybe several."""

    table: str
    day: date
    read: int
    quarantined: int
    limit: float
    rules: Mapping[str, int]

    @property
    def share(self) -> float:
        """The share of the rows that was quarantined; none of none is none."""
        return self.quarantined / self.read if self.read else 0.0

    @property
    def passes(self) -> bool:
        """Tell whether few enough rows broke a rule. A day without rows breaks none."""
        return self.share <= self.limit

    @property
    def rows(self) -> dict[str, int]:
        """What an event keeps: read = good + quarantined."""
        return {"read": self.read, "good": self.read - self.quarantined, "quarantined": self.quarantined}

    def to_dict(self) -> dict[str, Any]:
        """Return what the contract report says of the day: all counts, and the rules that were broken."""
        broken = {rule: {"unexpected": n, "percent": round(100 * n / self.read, 4)} for rule, n in self.rules.items()}
        return {**self.rows, "passes": self.passes, "broken": broken}


def first_broken(counts: Iterable[DayCount]) -> list[DayCount]:
    """Return the tables of the first day on which one does not pass; empty when all do."""
    broken = sorted((count for count in counts if not count.passes), key=lambda count: (count.day, count.table))
    return [count for count in broken if count.day == broken[0].day]


def refusal(model: str, broken: Sequence[DayCount], *, also: int, files: Sequence[Path], key: str) -> ContractBroken:
    """Return the error with the figures; `also` counts later days that do not pass, `key` is what to run again."""
    tables = ", ".join(count.table for count in broken)
    found = [_figures(count) for count in broken] + ([f"later days that do not pass: {also}"] if also else [])
    return ContractBroken(
        f"{model}: {tables} on {broken[0].day}",
        expected="; ".join(_limit(count) for count in broken),
        found="; ".join([*found, f"rows and reasons in {', '.join(map(str, files))}"]),
        next_command=f"correct the source or the contract, then: perennial run {model} ingest --key {key}",
    )


def _limit(count: DayCount) -> str:
    return f"at most {count.limit:.2%} of the rows of {count.table} quarantined"


def _figures(count: DayCount) -> str:
    worst = sorted(count.rules.items(), key=lambda rule: (-rule[1], rule[0]))
    shown = [f"{rule}: {number}" for rule, number in worst[:SHOWN]]
    more = [f"{len(worst) - SHOWN} more rules"] if len(worst) > SHOWN else []
    return f"{count.quarantined} of {count.read} rows ({count.share:.2%}): {', '.join(shown + more)}"
