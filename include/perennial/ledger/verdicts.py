"""What kept looks at a holdout and kept results of gates mean, whoever reads them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from perennial.keys import Window


def days_shown(look: Mapping[str, Any]) -> Iterable[date]:
    """Return the days that a look at a holdout showed; one from before days were named showed all of its window."""
    return map(date.fromisoformat, look["days"]) if "days" in look else Window.parse(look["window"])


def counts(gate: Mapping[str, Any]) -> bool:
    """Tell whether a gate's result can stop a version: one that is only reported, or waived, cannot."""
    return gate.get("mode", "enforce") == "enforce" and not gate.get("waiver")
