"""From a case to the figures of each family of gates; the decisions on them stand in `validation.gates`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from perennial.validation.case import Case
from perennial.validation.measures.artifact import artifact
from perennial.validation.measures.behaviour import behaviour
from perennial.validation.measures.budget import budget
from perennial.validation.measures.calibration import calibration
from perennial.validation.measures.cost import cost
from perennial.validation.measures.explainability import explainability
from perennial.validation.measures.fairness import fairness
from perennial.validation.measures.performance import performance
from perennial.validation.measures.reproduction import reproduction
from perennial.validation.measures.robustness import robustness
from perennial.validation.measures.slices import slices
from perennial.validation.measures.smoke_test import smoke_test

MEASURES: Mapping[str, Callable[[Case], Any]] = {
    measure.__name__: measure
    for measure in (
        performance,
        cost,
        slices,
        fairness,
        calibration,
        behaviour,
        robustness,
        explainability,
        budget,
        artifact,
        smoke_test,
        reproduction,
    )
}
"""Every measure by the family of gates that looks at it; figures are dataclasses."""
