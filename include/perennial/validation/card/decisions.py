"""The part of the card about decisions: what mistakes cost, where the threshold lies, what a mitigation costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perennial.validation.card.document import Block, Table, Text
from perennial.validation.card.facts import Facts
from perennial.validation.card.words import figures, pairs, share


def decisions(facts: Facts) -> list[Block]:
    """Show costs, the rule that makes scores decisions, and what it needs; nothing where a number is predicted."""
    if facts.spec.train.task == "regression":
        return []
    cost = facts.spec.cost
    decided = facts.frame["d_candidate"]
    rows: list[tuple[str, object]] = [
        ("A wrong yes costs", f"{cost.false_positive:g}"),
        ("A wrong no costs", f"{cost.false_negative:g}"),
        ("Threshold from the costs", f"{cost.threshold:.4g}: cost of a wrong yes over the sum of both (Elkan 2001)"),
        ("Decided for", f"{share(float(decided.mean()))} of the holdout's rows"),
    ]
    if held := int(decided.isna().sum()):
        rows.append(("Left to a person", f"{held:,} rows of groups that the rule never saw"))
    blocks: list[Block] = [pairs(rows)]
    if found := facts.figures.get("cost"):
        blocks += figures(found)
    return [*blocks, *_rule(facts, facts.candidate.get("decision"))]


def _rule(facts: Facts, rule: Mapping[str, Any] | None) -> list[Block]:
    if not rule or not rule["attributes"]:
        return [Text("Everybody is held to the same threshold; no protected attribute is needed at scoring.")]
    attributes = ", ".join(rule["attributes"])
    method, criterion = rule["method"].replace("_", " "), str(rule["criterion"]).replace("_", " ")
    steps = [
        [group, f"{step['probability']:.4g}", f"score {step['operator']} {step['threshold']:.4g}"]
        for group, one in rule["groups"].items()
        for step in one
    ]
    return [
        Text(
            f"Mitigation: {method} for {criterion} by {attributes}. Each group has thresholds of its own; where a group"
            " has two, the lot of a person is a hash of its id and the version, so one question has one answer."
        ),
        Text(
            f"Legal point: {attributes} must be known at scoring, for every person. Whether the law allows a decision"
            " to depend on it, and on what ground it is processed, is for the owner to settle before approval."
        ),
        Table(["group", "weight", "a yes where"], steps),
        *_price(facts),
    ]


def _price(facts: Facts) -> list[Block]:
    """Show what the mitigation costs against the same scores with one threshold for everybody."""
    frame = facts.frame[facts.frame["d_candidate"].notna()]
    plain = (frame["p_candidate"] >= facts.spec.cost.threshold).astype(float)
    rows = []
    for name, decided in (("one threshold for everybody", plain), ("as mitigated", frame["d_candidate"])):
        right = float((decided == frame["y"]).mean())
        wrong_yes, wrong_no = ((decided == 1) & (frame["y"] == 0)).mean(), ((decided == 0) & (frame["y"] == 1)).mean()
        cost = facts.spec.cost.false_positive * wrong_yes + facts.spec.cost.false_negative * wrong_no
        rows.append([name, share(right), share(float(decided.mean())), f"{cost:.4g}"])
    return [
        Text("The price of the mitigation, on the holdout:"),
        Table(["decisions", "right", "decided for", "mean cost"], rows),
    ]
