"""Figures of one family of gates, with where they are kept and what they took."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

from perennial.validation.case import Case


@dataclass(frozen=True)
class Measured:
    """The figures of a family, their digest in the evidence store, and the seconds they took."""

    figures: Any
    evidence: str | None = None
    seconds: float = 0.0


def measure(case: Case, family: str) -> Measured:
    """Measure one family of gates on a case and keep the figures as evidence."""
    from perennial.validation.measures import MEASURES

    begun = time.perf_counter()
    figures = MEASURES[family](case)
    seconds = time.perf_counter() - begun
    return Measured(figures, case.ctx.evidence.put_json(plain(asdict(figures))), seconds)


def plain(value: Any) -> Any:
    """Return plain JSON values: numpy numbers as Python's, a number that is none as null, keys as text."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not -float("inf") < value < float("inf"):
        return None
    return value
