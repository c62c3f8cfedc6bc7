"""Sections of the card that follow from the spec, the version's record and the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perennial.keys import version_key
from perennial.spec.decisions import CRITERIA
from perennial.validation.card.document import Block, Table, Text
from perennial.validation.card.facts import Facts
from perennial.validation.card.fairness import chosen, first, folded, word
from perennial.validation.card.words import between, listed, number, pairs

GATE = ["gate", "value", "95 % interval", "limit", "verdict"]


def verdict(facts: Facts) -> list[Block]:
    """Say whether it passed and what stood in its way; fairness first, then every gate, then what only reports."""
    said = "passed" if facts.verdict["passed"] else "did not pass"
    gates = facts.verdict["gates"]
    enforced = [gate for gate in gates if gate["mode"] == "enforce"]
    fair = chosen(gates, facts.spec)
    rest = [gate for gate in enforced if gate not in fair]
    blocks: list[Block] = [
        Text(f"Version {facts.name} {said} the gates of risk tier {facts.policy.tier}."),
        Text(_count(enforced)),
        *first(fair),
        Table([*GATE, "why"], [[*_gate(gate), gate["why"]] for gate in rest]),
    ]
    return [*blocks, *_reported([gate for gate in gates if gate["mode"] == "report" and gate not in fair])]


def _count(enforced: Sequence[Mapping[str, Any]]) -> str:
    """Say how many gates passed, and name those that did not."""
    bad = [gate for gate in enforced if gate["verdict"] != "pass"]
    named = "; ".join(f"{gate['name']} {word(gate).replace('_', ' ')}" for gate in bad)
    count = f"{len(enforced) - len(bad)} of {len(enforced)} results that count passed"
    return f"{count}, all but: {named}." if bad else f"{count}."


def _reported(gates: Sequence[Mapping[str, Any]]) -> list[Block]:
    """Show what only reports: a table of its own for fairness."""
    fair = [gate for gate in gates if gate["name"].partition(":")[0] in CRITERIA]
    rest = [gate for gate in gates if gate not in fair]
    words = f"{len(rest)} more results are reported only: none of them stops a version. Why stands in the evidence."
    table: list[Block] = [Text(words), Table(GATE, [_gate(gate) for gate in rest])] if rest else []
    return [*folded(fair), *table]


def use(facts: Facts) -> list[Block]:
    """Say what it is for, and whose it is."""
    spec = facts.spec
    number_ = spec.train.task == "regression"
    score = spec.label.column if number_ else f"probability that {spec.label.column} is 1"
    return [
        pairs(
            [
                ("Decision", spec.decision),
                ("Score", f"{score}, for one {spec.entity}"),
                ("Owner", spec.owner),
                ("Risk tier", f"{spec.risk_tier} (approval: {_approval(facts)})"),
                ("Label", f"taken as known {spec.label.matures_after}d after the end of its day"),
            ]
        )
    ]


def data(facts: Facts) -> list[Block]:
    """Say what it was made from and judged on."""
    source, rows = facts.spec.source, facts.verdict["rows"]
    labelled, unlabelled = rows["labelled"], rows["unlabelled"]
    return [
        pairs(
            [
                ("Source", f"{source.package or source.kind}: {', '.join(source.tables)}"),
                ("Fitted on", f"{facts.candidate['fit_window']}, {facts.snapshot['rows']:,} labelled rows"),
                ("Judged on", f"{facts.candidate['holdout']}, {labelled:,} labelled rows"),
                ("Without a label", f"{unlabelled:,} of {labelled + unlabelled:,} rows of the holdout"),
                ("Observed mean", f"{facts.frame['y'].mean():.4f} of {facts.spec.label.column}, of the labelled rows"),
                ("Why it was trained", facts.decision.get("why", "not recorded")),
            ]
        )
    ]


def limits(facts: Facts) -> list[str]:
    """Say where it must not be trusted."""
    spec, candidate, rows = facts.spec, facts.candidate, facts.verdict["rows"]
    rest = rows["unlabelled"] / (rows["unlabelled"] + rows["labelled"])
    sentences = [
        f"It was fitted on {candidate['fit_window']} and judged on {candidate['holdout']}: on no other season.",
        f"{rest:.1%} of the holdout's rows have no label; nothing is known about how it does on them.",
        _looked_at(facts),
        f"Its score supports one decision ({spec.decision}); it is no explanation and no cause.",
    ]
    gates = facts.verdict["gates"]
    if undecided := [gate["name"] for gate in gates if gate["verdict"] == "insufficient_data"]:
        sentences.append(f"Too few data to decide: {', '.join(undecided)}.")
    if reported := sum(gate["verdict"] == "fail" and gate["mode"] == "report" for gate in gates):
        sentences.append(f"{reported} results lie beyond their limit and are only reported: see the verdict.")
    return sentences


def model(facts: Facts) -> list[Block]:
    """Say what kind of model it is."""
    candidate = facts.candidate
    return [
        pairs(
            [
                ("Estimator", candidate["estimator"]),
                ("Parameters", listed(candidate["parameters"])),
                ("Numeric columns", ", ".join(candidate["columns"]["numeric"])),
                ("Categorical columns", ", ".join(candidate["columns"]["categorical"]) or "none"),
                ("Figures of its training", listed(candidate["metrics"])),
            ]
        )
    ]


def lineage(facts: Facts) -> list[Block]:
    """Name everything it comes from, and the evidence behind each figure, by digest."""
    candidate, body = facts.candidate, facts.verdict
    made = candidate.get("made") or {}
    rows: list[tuple[str, object]] = [
        ("Training run", candidate["run_id"]),
        ("Claim", candidate["claim"]),
        ("Training snapshot", f"{facts.snapshot['path']}, sha256 {candidate['snapshot']}"),
        ("Feature transform", f"{candidate['transform']}, service {candidate['service']}"),
        ("Model file", f"{candidate['artifact']['path']}, sha256 {candidate['artifact']['sha256']}"),
        ("Baseline file", f"sha256 {candidate['baseline']['sha256']}"),
        ("Requirements", f"requirements.lock, sha256 {made.get('lock') or 'not recorded'}"),
        ("Code", made.get("code") or "not recorded"),
        ("Spec when trained", candidate["spec_digest"]),
        ("Spec when judged", body["spec_digest"]),
        ("Policy", body["policy_digest"]),
        ("Champion it was judged against", version_key(facts.champion) if facts.champion else "none"),
    ]
    seconds, found = body["seconds"], sorted(body["figures"].items())
    kept = [[family, f"{seconds.get(family, 0):.1f}", digest] for family, digest in found]
    return [pairs(rows), Table(["figures of", "seconds", "evidence, sha256"], kept)]


def _gate(gate: Mapping[str, Any]) -> list[str]:
    interval = between(gate["low"], gate["high"])
    verdict = str(gate["verdict"]) if gate["mode"] == "report" else word(gate)
    return [gate["name"], number(gate["value"]), interval, f"{gate['limit']:g}", verdict]


def _approval(facts: Facts) -> str:
    asked = facts.policy.approval
    if asked.by == "automatic":
        return "automatic"
    apart = ", none of whom asked for the training or last changed the spec" if asked.independent else ""
    return f"{asked.people} different people{apart}" if asked.people > 1 else f"a person{apart}"


def _looked_at(facts: Facts) -> str:
    parts = []
    if facts.spec.slices and facts.gates("slices"):
        parts.append(f"the slices of {', '.join(facts.spec.slices)}")
    if facts.spec.protected:
        parts.append(f"groups by {', '.join(facts.spec.protected)}")
    if parts:
        return f"It was judged as a whole and on {' and on '.join(parts)}: on no other."
    return "It was judged as a whole: no slice of the rows and no group of people was looked at."
