"""Sections of the card for families of gates that have no layout of their own: every figure, under a title."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perennial.validation.card.document import Block, Text
from perennial.validation.card.facts import Facts
from perennial.validation.card.words import figures

SHOWN_ELSEWHERE = ("performance", "fairness", "cost", "explainability")
TITLES = {
    "slices": ("Slices", "Parts of the rows, each beside the champion on the same rows."),
    "calibration": ("Calibration", "Whether its probabilities can be taken at their word."),
    "robustness": ("Robustness", "How often a decision flips when something goes wrong with the inputs."),
    "behaviour": ("Behaviour", "Tests that the spec declares, run on rows of the holdout."),
    "budget": ("Budget", "What it takes to score."),
    "artifact": ("Artifact", "What the model file is made of, and what it depends on."),
    "smoke_test": ("Smoke test", "The packaged model in a clean process, on golden rows."),
    "reproduction": ("Reproduction", "Trained again from the frozen training set."),
}


def measured(facts: Facts) -> list[tuple[str, list[Block]]]:
    """Return a section for each family that was measured and is shown nowhere else."""
    found = [family for family in facts.figures if family not in SHOWN_ELSEWHERE]
    order = list(TITLES)
    found.sort(key=lambda family: (order.index(family) if family in TITLES else len(order), family))
    return [_section(family, facts.figures[family]) for family in found]


def _section(family: str, found: Mapping[str, Any]) -> tuple[str, list[Block]]:
    title, said = TITLES.get(family, (family.replace("_", " ").capitalize(), ""))
    return title, [*([Text(said)] if said else []), *figures(found)]
