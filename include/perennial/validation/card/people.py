"""The part of the card about groups of people: how each is decided about, by which criterion, and who is too few."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from perennial.spec.decisions import CRITERIA
from perennial.validation.card.bars import Bar, dots
from perennial.validation.card.document import Block, Drawing, Table, Text
from perennial.validation.card.facts import Facts
from perennial.validation.card.governance import until
from perennial.validation.card.words import between, number, share

Z = 1.959964
MOST_GROUPS = 24
"""Groups that a table shows; the evidence has them all."""
RATES = ["group", "rows", "decided for", "95 % interval", "true positive rate", "false positive rate", "wrong", "held"]


def people(facts: Facts) -> list[Block]:
    """Show every protected attribute with its criterion and its groups."""
    found = facts.figures.get("fairness", {}).get("attributes", [])
    if not found:
        return [Text("No attribute of people is declared: nobody looked at how groups of people are decided about.")]
    blocks: list[Block] = []
    for attribute in found:
        if attribute["name"] in facts.spec.protected:
            blocks += _attribute(facts, attribute)
    if any("+" in gate["name"] for gate in facts.gates(*CRITERIA)):
        blocks.append(Text("Pairs of attributes are reported with the verdict: their groups are small."))
    return blocks


def _attribute(facts: Facts, attribute: Mapping[str, Any]) -> list[Block]:
    name = attribute["name"]
    asked = facts.spec.protected[name]
    gates = [gate for gate in facts.gates(*CRITERIA) if gate["name"].partition(":")[2] == name]
    gates.sort(key=lambda gate: gate["name"] != f"{asked.criterion}:{name}")
    shown = attribute["groups"][:MOST_GROUPS]
    title = f"Decided for, by {name}"
    return [
        Text(f"{name}: the criterion is {asked.criterion.replace('_', ' ')}, because: {asked.why}"),
        *_waived(facts, gates),
        _criteria(gates),
        Drawing(title, dots(title, "share of the group's rows, with its 95 % interval", _bars(shown))),
        Table(RATES, [_group(group) for group in shown]),
        *_small(attribute, len(attribute["groups"]) - len(shown)),
    ]


def _waived(facts: Facts, gates: Sequence[Mapping[str, Any]]) -> list[Block]:
    """Say openly where people let the version past a criterion."""
    names = {gate["name"] for gate in gates if gate["waiver"]}
    return [
        Text(f"Waived: {one['gate']}, by {one['by']} until {until(one)}, because: {one['reason']}")
        for one in facts.waivers
        if one["gate"] in names
    ]


def _criteria(gates: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        [
            gate["name"],
            number(gate["value"]),
            between(gate["low"], gate["high"]),
            f"{gate['limit']:g}",
            gate["verdict"],
            "reported" if gate["mode"] == "report" else "enforced",
            gate["why"],
        ]
        for gate in gates
    ]
    return Table(["criterion", "value", "95 % interval", "limit", "verdict", "mode", "why"], rows)


def _small(attribute: Mapping[str, Any], more: int) -> list[Block]:
    """Name the groups that no criterion could judge, and say how many are not shown."""
    few = {name: rows for one in attribute["criteria"].values() for name, rows in one["small"].items()}
    blocks: list[Block] = []
    if few:
        named = ", ".join(f"{name} ({rows:,} rows)" for name, rows in sorted(few.items()))
        blocks.append(Text(f"Too small for at least one criterion, shown and not judged by it: {named}."))
    return [*blocks, Text(f"{more} more groups stand in the evidence.")] if more > 0 else blocks


def _bars(groups: Sequence[Mapping[str, Any]]) -> list[Bar]:
    return [_bar(group["name"], group["selection"], group["rows"]) for group in groups]


def _bar(name: str, rate: float | None, rows: int) -> Bar:
    low, high = wilson(rate, rows)
    return Bar(name, rate, low, high, f"{rows:,} rows")


def _group(group: Mapping[str, Any]) -> list[str]:
    low, high = wilson(group["selection"], group["rows"])
    rates = [share(group[name]) for name in ("true_positive", "false_positive", "error")]
    interval = "-" if low is None else f"{low:.1%} to {high:.1%}"
    return [group["name"], f"{group['rows']:,}", share(group["selection"]), interval, *rates, number(group["held"])]


def wilson(value: float | None, rows: int) -> tuple[float, float] | tuple[None, None]:
    """Return Wilson's score interval (1927) of a share of rows: it stays within 0 and 1, also for few rows."""
    if value is None or rows == 0:
        return None, None
    whole = 1 + Z**2 / rows
    middle = (value + Z**2 / (2 * rows)) / whole
    half = Z * math.sqrt(value * (1 - value) / rows + Z**2 / (4 * rows**2)) / whole
    return max(0.0, middle - half), min(1.0, middle + half)
