"""From a case to the figures of each family of gates; the decisions on them stand in `validation.gates`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from perennial.validation.case import Case
from perennial.validation.measures.calibration import calibration
from perennial.validation.measures.performance import performance
from perennial.validation.measures.smoke_test import smoke_test

MEASURES: Mapping[str, Callable[[Case], Any]] = {
    measure.__name__: measure for measure in (performance, calibration, smoke_test)
}
"""Every measure by the family of gates that looks at it; figures are dataclasses."""
