"""The technical file of a version of tier `high`, under the headings of Annex IV of Regulation (EU) 2024/1689.

What the records know stands here as fact. What only people can write comes from `technical.md` in the model's folder, a
heading of its own for each part (`## Human oversight`); a part that is missing is listed as to be written by the owner.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from perennial.validation.card.cost import cost
from perennial.validation.card.decisions import decisions
from perennial.validation.card.document import Block, Document, Section, Table, Text
from perennial.validation.card.explanation import explanation
from perennial.validation.card.facts import Facts
from perennial.validation.card.governance import approvals, waivers
from perennial.validation.card.people import people
from perennial.validation.card.performance import performance
from perennial.validation.card.sections import data, limits, lineage, model, use, verdict
from perennial.validation.card.words import pairs

TO_BE_WRITTEN = "To be written by the owner"
PARTS = (
    "Provider and earlier versions",
    "Forms of use and user interface",
    "Instructions for use",
    "Design choices",
    "Human oversight",
    "Cybersecurity",
    "Foreseeable misuse and risks to people",
    "Why these metrics",
    "Risk management",
    "Standards applied",
    "Declaration of conformity",
    "Post-market monitoring plan",
)
"""What only people can write, each under a heading of this name in `technical.md`."""


def technical_file(facts: Facts) -> Document:
    """Lay the file out; the numbers of the headings are those of the annex."""
    missing = [part for part in PARTS if not facts.written.get(part)]
    others = [title for title in facts.written if title not in PARTS]
    sections: list[tuple[str, Sequence[Block]]] = [
        (TO_BE_WRITTEN, [_missing(missing)]),
        ("1. General description of the system", _general(facts)),
        ("2. Elements of the system and how it was developed", _development(facts)),
        ("3. Monitoring, functioning and control", _control(facts)),
        ("4. Appropriateness of the performance metrics", _metrics(facts)),
        ("5. Risk management system (Article 9)", _written(facts, "Risk management")),
        ("6. Changes through the lifecycle", approvals(facts)),
        ("7. Standards applied", _written(facts, "Standards applied")),
        ("8. EU declaration of conformity (Article 47)", _written(facts, "Declaration of conformity")),
        ("9. Performance after it is placed on the market (Article 72)", _afterwards(facts)),
        ("Further notes of the owner", [block for title in others for block in _written(facts, title)]),
    ]
    title = f"Technical file: {facts.spec.name} {facts.name}"
    return Document(title, [Section(name, blocks) for name, blocks in sections if blocks])


def _missing(parts: Sequence[str]) -> Block:
    if not parts:
        return Text("Nothing: every part that people write is there.")
    return Table([f"heading in technical.md, of {len(PARTS)} parts", "state"], [[part, "missing"] for part in parts])


def _general(facts: Facts) -> list[Block]:
    made = facts.candidate.get("made") or {}
    runs = [
        ("Runs on", f"Python {made.get('python', 'not recorded')}, {made.get('machine', 'machine not recorded')}"),
        ("Libraries", ", ".join(f"{name} {one}" for name, one in sorted((made.get("libraries") or {}).items()))),
    ]
    parts = ("Provider and earlier versions", "Forms of use and user interface", "Instructions for use")
    return [*use(facts), pairs(runs), *_written(facts, *parts)]


def _development(facts: Facts) -> list[Block]:
    return [
        *data(facts),
        *model(facts),
        *decisions(facts),
        *verdict(facts),
        *lineage(facts),
        *cost(facts),
        *_written(facts, "Design choices", "Human oversight", "Cybersecurity"),
    ]


def _control(facts: Facts) -> list[Block]:
    said = [Text(sentence) for sentence in limits(facts)]
    return [
        *performance(facts),
        *people(facts),
        *explanation(facts),
        *said,
        *waivers(facts),
        *_written(facts, "Foreseeable misuse and risks to people"),
    ]


def _metrics(facts: Facts) -> list[Block]:
    """Name the criterion that was chosen for each attribute, with the owner's reason."""
    chosen = [
        [name, asked.criterion.replace("_", " "), asked.why] for name, asked in sorted(facts.spec.protected.items())
    ]
    table: list[Block] = [Table(["attribute", "criterion", "because"], chosen)] if chosen else []
    return [*table, *_written(facts, "Why these metrics")]


def _afterwards(facts: Facts) -> list[Block]:
    """Say how the champion is watched; the plan itself is people's."""
    monitor, retrain = facts.spec.monitor, facts.spec.retrain
    lost = monitor.performance.model_dump()
    rows: list[tuple[str, Any]] = [
        ("Looked at", f"every {monitor.every}d, over {monitor.window}d of predictions"),
        ("Known labels", f"from {facts.spec.label.matures_after}d after the end of a day"),
        ("Lost performance, beyond", ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in lost.items())),
        ("A new version at most", f"{retrain.budget}, with {retrain.cooldown}d between"),
    ]
    return [pairs(rows), *_written(facts, "Post-market monitoring plan")]


def _written(facts: Facts, *parts: str) -> list[Block]:
    """Return what the owner wrote, or that it is still to be written."""
    blocks: list[Block] = []
    for part in parts:
        text = facts.written.get(part)
        paragraphs = [" ".join(one.split()) for one in text.split("\n\n")] if text else [f"{TO_BE_WRITTEN}."]
        blocks += [Text(f"{part}: {paragraphs[0]}"), *(Text(one) for one in paragraphs[1:])]
    return blocks
