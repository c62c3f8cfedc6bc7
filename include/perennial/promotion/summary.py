"""What an approver reads before answering: the card in a few lines and tables of Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.ledger.waivers import said
from perennial.spec import Spec
from perennial.spec.decisions import CRITERIA

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
        *fairness(verdict.payload["gates"], spec),
        *(f"Waived: {gate}, {_waiver(event, revoked or {})}" for gate, event in sorted(waivers.items())),
        *(plain(f"Approved by {event.payload['by']}: {event.payload['reason']}") for event in approvals),
        *([f"May not answer: {', '.join(f'{plain(name)} ({why})' for name, why in shut.items())}."] if shut else []),
        *openly,
        f"An answer takes a comment. No answer by {until[:16].replace('T', ' ')} UTC is a rejection.",
        f"[Model card](/perennial/evidence/{verdict.payload['card']}), verdict evidence `{verdict.evidence}`",
    ]
    return "\n\n".join(line for line in lines if line)


def gates(results: Gates) -> list[str]:
    """Say how many enforced gates passed, which did not, and what else only reports; fairness has tables of its own."""
    enforced = [gate for gate in results if gate.get("mode") != "report"]
    bad = [gate for gate in enforced if gate["verdict"] != "pass"]
    kinds = {
        "Failed": [gate for gate in bad if not gate.get("waiver")],
        "Only reported": [gate for gate in results if _only_reported(gate) and gate not in _fair(results)],
    }
    told = [f"{word}: {_named(found)}" for word, found in kinds.items() if found]
    waived = sum(bool(gate.get("waiver")) for gate in bad)
    return [f"{len(enforced) - len(bad)} of {len(enforced)} gates passed, {waived} are waived.", *told]


def fairness(results: Gates, spec: Spec) -> list[str]:
    """Show the criterion of each attribute in a table, and in another which of the rest lie beyond their limit."""
    fair = _fair(results)
    names = {f"{asked.criterion}:{name}" for name, asked in spec.protected.items()}
    lead = [gate for gate in fair if gate["name"] in names or gate.get("mode") != "report"]
    rest = [gate for gate in fair if gate not in lead]
    header = ["Fairness of", "by", "value", "limit", "verdict"]
    tables = [_table(header, [_row(gate) for gate in lead])] if lead else []
    beyond = [gate for gate in rest if gate["verdict"] != "pass"]
    if not beyond:
        return tables
    said = f"Reported only, none of them stops a version: {len(beyond)} of {len(rest)} more results do not pass."
    rows = [[name.replace("_", " "), *_beyond(rest, name)] for name in dict.fromkeys(map(_criterion, beyond))]
    return [*tables, said, _table(["Beyond the limit of", "attributes", "pairs of them"], rows)]


def _fair(results: Gates) -> Gates:
    return [gate for gate in results if _criterion(gate) in CRITERIA]


def _only_reported(gate: Mapping[str, Any]) -> bool:
    return gate.get("mode") == "report" and gate["verdict"] != "pass"


def _criterion(gate: Mapping[str, Any]) -> str:
    return str(gate["name"]).partition(":")[0]


def _row(gate: Mapping[str, Any]) -> list[str]:
    criterion, _, attribute = gate["name"].partition(":")
    value = gate.get("value")
    word = "waived" if gate.get("waiver") else str(gate["verdict"]).replace("_", " ")
    word = f"{word} (only reported)" if gate.get("mode") == "report" else word
    return [
        attribute,
        criterion.replace("_", " "),
        "-" if value is None else f"{value:.3g}",
        f"{gate['limit']:g}",
        word,
    ]


def _beyond(rest: Gates, criterion: str) -> list[str]:
    """Name the attributes that do not pass a criterion, and count the pairs of them."""
    mine = [gate for gate in rest if _criterion(gate) == criterion]
    bad = [gate["name"].partition(":")[2] for gate in mine if gate["verdict"] != "pass"]
    pairs = sum("+" in gate["name"] for gate in mine)
    alone = ", ".join(name for name in bad if "+" not in name)
    return [alone or "none", f"{sum('+' in name for name in bad)} of {pairs}" if pairs else "none"]


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


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
