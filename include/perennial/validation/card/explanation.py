"""The part of the card about why it scores as it does: which columns weigh how much."""

from __future__ import annotations

from perennial.validation.card.bars import Bar, bars
from perennial.validation.card.document import Block, Drawing, Text
from perennial.validation.card.facts import Facts
from perennial.validation.card.words import figures, share

MOST = 15
"""Columns that are drawn."""


def explanation(facts: Facts) -> list[Block]:
    """Draw the importance of each column; nothing where no explanation was measured."""
    found = facts.figures.get("explainability")
    if not found:
        return []
    weights = found.get("importance") or {}
    rest = {name: value for name, value in found.items() if name != "importance"}
    ordered = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))
    total = sum(weights.values()) or 1.0
    rows = [Bar(name, value, note=share(value / total)) for name, value in ordered[:MOST]]
    drawn: list[Block] = [Drawing("Importance", bars("Importance", "mean absolute contribution to the score", rows))]
    return [
        Text("What moves the score, in the mean over rows of the holdout. A weight is no cause."),
        *(drawn if rows else []),
        *figures(rest),
    ]
