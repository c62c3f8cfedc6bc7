"""A version's card, or its technical file, as of now."""

from __future__ import annotations

from perennial.context import Context
from perennial.keys import parse_version
from perennial.validation.card import card, technical_file
from perennial.validation.card.document import Document
from perennial.validation.card.facts import facts_of


def card_of(ctx: Context, version: str, *, technical: bool = False) -> Document:
    """Lay out the card of version `v3` with what happened since its verdict; raises GateRefused without a verdict."""
    facts = facts_of(ctx, parse_version(version))
    return technical_file(facts) if technical else card(facts)
