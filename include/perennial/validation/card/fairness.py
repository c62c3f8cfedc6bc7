"""The verdict on fairness: the criterion that was chosen for each attribute first, all others folded into one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perennial.spec import Spec
from perennial.spec.decisions import CRITERIA
from perennial.validation.card.document import Block, Table, Text
from perennial.validation.card.words import between, number

HEADER = ["attribute", "criterion chosen for it", "value", "95 % interval", "limit", "verdict", "why"]
Gates = Sequence[Mapping[str, Any]]


def chosen(gates: Gates, spec: Spec) -> Gates:
    """Return the result of each attribute's own criterion, in the spec's order."""
    names = [f"{asked.criterion}:{name}" for name, asked in spec.protected.items()]
    return [gate for name in names for gate in gates if gate["name"] == name]


def first(gates: Gates) -> list[Block]:
    """Show the chosen criteria, before all other gates; nothing where no attribute is protected."""
    return [Table(HEADER, [_row(gate) for gate in gates])] if gates else []


def folded(gates: Gates) -> list[Block]:
    """Show criteria that were only reported: a line for each grouping, a column for each criterion."""
    if not gates:
        return []
    beyond = sum(gate["verdict"] == "fail" for gate in gates)
    words = (
        f"{len(gates)} more results of fairness are reported only, {beyond} of them beyond their limit: criteria that"
        " were not chosen, and pairs of attributes, whose groups are small. None of them stops a version."
    )
    limits = {_part(gate)[0]: gate["limit"] for gate in gates}
    header = [f"{name.replace('_', ' ')}, limit {limits[name]:g}" for name in CRITERIA if name in limits]
    found = {_part(gate): _cell(gate) for gate in gates}
    groupings = sorted(dict.fromkeys(_part(gate)[1] for gate in gates), key=lambda name: "+" in name)
    rows = [[name, *(found.get((one, name), "") for one in CRITERIA if one in limits)] for name in groupings]
    return [Text(words), Table(["groups by", *header], rows)]


def word(gate: Mapping[str, Any]) -> str:
    """Write the verdict of a gate, with what keeps it from stopping the candidate."""
    if gate["waiver"] and gate["verdict"] != "pass":
        return f"{gate['verdict']} (waived)"
    return f"{gate['verdict']} (only reported)" if gate["mode"] == "report" else str(gate["verdict"])


def _row(gate: Mapping[str, Any]) -> list[str]:
    criterion, attribute = _part(gate)
    interval = between(gate["low"], gate["high"])
    shown = [attribute, criterion.replace("_", " "), number(gate["value"]), interval]
    return [*shown, f"{gate['limit']:g}", word(gate), str(gate["why"])]


def _cell(gate: Mapping[str, Any]) -> str:
    verdict = str(gate["verdict"]).replace("_", " ")
    return (
        verdict
        if gate["value"] is None
        else f"{verdict}: {number(gate['value'])}, {between(gate['low'], gate['high'])}"
    )


def _part(gate: Mapping[str, Any]) -> tuple[str, str]:
    """Return criterion and grouping: (error_rate, sex+race)."""
    criterion, _, grouping = gate["name"].partition(":")
    return criterion, grouping
