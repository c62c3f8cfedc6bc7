"""What an approver reads before answering: the card in a few lines of Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.ledger.waivers import said
from perennial.spec import Spec

FAIRNESS = frozenset({"demographic_parity", "equalized_odds", "equal_opportunity", "error_rate"})
SHOWN = 8
"""Gates named in one line; the card has them all."""
MARKS = re.compile(r"([\\\\`*\[\]<>|])")
"""What Markdown reads as more than text within a line."""
Gates = Sequence[Mapping[str, Any]]


def plain(text: str) -> str:
    """Write what a person typed in one line in which nothing is a link, a picture or a line of the question's own."""
    return MARKS.sub(r"\\\1", " ".join(text.split()))


def subject(spec: Spec, version: int, place: int, people: int) -> str:
    """Return the headline of a question."""
    which = f" (approval {place} of {people})" if people > 1 else ""
    return f"Promote {spec.name} {version_key(version)}?{which}"


def body(
    spec: Spec,
    verdict: Event,
    waivers: Mapping[str, Event],
    *,
    revoked: Mapping[str, Event] | None = None,
    approvals: Iterable[Event] = (),
    shut: Mapping[str, str],
    openly: Sequence[str] = (),
    reason: str,
    until: str,
) -> str:
    """Return what the question says: use, gates, waivers, fairness, who may not answer, the card's address."""
    lines = [
        f"Its scores will be used to {spec.decision}. Asked because: {plain(reason)}",
        *gates(verdict.payload["gates"]),
        *(f"Waived: {gate}, {_waiver(event, revoked or {})}" for gate, event in sorted(waivers.items())),
        fairness(verdict.payload["gates"]),
        *(plain(f"Approved by {event.payload['by']}: {event.payload['reason']}") for event in approvals),
        *([f"May not answer: {', '.join(f'{plain(name)} ({why})' for name, why in shut.items())}."] if shut else []),
        *openly,
        f"An answer takes a comment. No answer by {until[:16].replace('T', ' ')} UTC is a rejection.",
        f"[Model card](/perennial/evidence/{verdict.payload['card']}), verdict evidence `{verdict.evidence}`",
    ]
    return "\n\n".join(line for line in lines if line)


def gates(results: Gates) -> list[str]:
    """Say how many gates passed, and which did not."""
    bad = [gate for gate in results if gate["verdict"] != "pass"]
    kinds = {
        "Failed": [gate for gate in bad if not gate.get("waiver") and gate.get("mode") != "report"],
        "Waived": [gate for gate in bad if gate.get("waiver")],
        "Only reported": [gate for gate in bad if not gate.get("waiver") and gate.get("mode") == "report"],
    }
    told = [f"{word}: {_named(found)}" for word, found in kinds.items() if found and word != "Waived"]
    return [f"{len(results) - len(bad)} of {len(results)} gates passed, {len(kinds['Waived'])} are waived.", *told]


def fairness(results: Gates) -> str:
    """Say in one line what the enforced gates of fairness found; empty where none was asked."""
    asked = [gate for gate in results if gate["name"].partition(":")[0] in FAIRNESS]
    enforced = [gate for gate in asked if gate.get("mode") != "report"]
    if not asked:
        return ""
    rest = f"; {len(asked) - len(enforced)} more are reported in the card" if len(asked) > len(enforced) else ""
    return f"Fairness: {_named(enforced) or 'no gate is enforced'}{rest}"


def _named(results: Gates) -> str:
    told = [f"{gate['name']} {_value(gate)}" for gate in results[:SHOWN]]
    more = [f"{len(results) - SHOWN} more"] if len(results) > SHOWN else []
    return "; ".join([*told, *more])


def _value(gate: Mapping[str, Any]) -> str:
    word = "waived" if gate.get("waiver") else str(gate["verdict"]).replace("_", " ")
    value = gate.get("value")
    return word if value is None else f"{value:.3g}, limit {gate['limit']:g}: {word}"


def _waiver(event: Event, revoked: Mapping[str, Event]) -> str:
    told = event.payload
    word = f"by {told['by']} until {told['until'][:16].replace('T', ' ')}: {told['reason']}"
    return plain(f"{word}; {said(revoked[event.hash])}" if event.hash in revoked else word)
