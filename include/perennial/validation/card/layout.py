"""The model card: which sections it has, in which order."""

from __future__ import annotations

from perennial.keys import version_key
from perennial.validation.card.cost import cost
from perennial.validation.card.decisions import decisions
from perennial.validation.card.document import Block, Document, Section, Text
from perennial.validation.card.explanation import explanation
from perennial.validation.card.facts import Facts
from perennial.validation.card.governance import approvals, waivers
from perennial.validation.card.measured import measured
from perennial.validation.card.people import people
from perennial.validation.card.performance import performance
from perennial.validation.card.sections import data, limits, lineage, model, use, verdict


def card(facts: Facts) -> Document:
    """Lay the card out; a section that nothing is known for is left out."""
    sections: list[tuple[str, list[Block]]] = [
        ("Verdict", verdict(facts)),
        ("Waivers", waivers(facts)),
        ("Intended use", use(facts)),
        ("Data", data(facts)),
        ("Performance on the holdout", performance(facts)),
        ("Decisions: costs and threshold", decisions(facts)),
        ("Groups of people", people(facts)),
        ("Explanation", explanation(facts)),
        *measured(facts),
        ("Limits", [Text(sentence) for sentence in limits(facts)]),
        ("Approvals and what became of it", approvals(facts)),
        ("Model", model(facts)),
        ("What it cost", cost(facts)),
        ("Lineage", lineage(facts)),
    ]
    return Document(
        f"Model card: {facts.spec.name} {version_key(facts.candidate['version'])}",
        [Section(title, blocks) for title, blocks in sections if blocks],
    )
