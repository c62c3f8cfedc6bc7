"""The model card: what a version is for, what it was made from, how it did, where it must not be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perennial.keys import version_key
from perennial.policy import Policy
from perennial.spec import Spec
from perennial.validation.document import Block, Document, Section, Table, Text
from perennial.validation.holdout import Scored
from perennial.validation.judgement import Judgement
from perennial.validation.performance import between, number, performance


@dataclass(frozen=True)
class Facts:
    """All that a card says; mappings are payloads of ledger events."""

    spec: Spec
    policy: Policy
    candidate: Mapping[str, Any]
    snapshot: Mapping[str, Any]
    decision: Mapping[str, Any]
    """why the version was trained; empty where nothing was recorded"""
    champion: int | None
    measured: Mapping[str, Any]
    """the figures of each family of gates"""
    seconds: Mapping[str, float]
    judgement: Judgement
    scored: Scored

    @property
    def name(self) -> str:
        """The version: v3."""
        return version_key(self.candidate["version"])


def card(facts: Facts) -> Document:
    """Lay the card out."""
    return Document(
        f"Model card: {facts.spec.name} {facts.name}",
        [
            Section("Verdict", _verdict(facts)),
            Section("Intended use", [_pairs(_use(facts))]),
            Section("Data", [_pairs(_data(facts))]),
            Section("Performance on the holdout", performance(facts.measured, facts.champion, facts.scored.frame)),
            Section("Limits", [Text(sentence) for sentence in _limits(facts)]),
            Section("Model", [_pairs(_model(facts))]),
            Section("Lineage", [_pairs(_lineage(facts))]),
        ],
    )


def _verdict(facts: Facts) -> list[Block]:
    said = "passed" if facts.judgement.passed else "did not pass"
    rows = [
        [gate.name, number(gate.value), between(gate.low, gate.high), f"{gate.limit:g}", gate.verdict, gate.why]
        for gate in facts.judgement.gates
    ]
    header = ["gate", "value", "95 % interval", "limit", "verdict", "why"]
    return [Text(f"Version {facts.name} {said} the gates of risk tier {facts.policy.tier}."), Table(header, rows)]


def _use(facts: Facts) -> list[tuple[str, object]]:
    spec = facts.spec
    return [
        ("Decision", spec.decision),
        ("Score", f"probability that {spec.label.column} is 1, for one {spec.entity}"),
        ("Owner", spec.owner),
        ("Risk tier", f"{spec.risk_tier} (approval: {facts.policy.approval.by})"),
        ("Label", f"taken as known {spec.label.matures_after}d after the end of its day"),
    ]


def _data(facts: Facts) -> list[tuple[str, object]]:
    labelled, source = len(facts.scored.frame), facts.spec.source
    return [
        ("Source", f"{source.package or source.kind}: {', '.join(source.tables)}"),
        ("Fitted on", f"{facts.candidate['fit_window']}, {facts.snapshot['rows']:,} labelled rows"),
        ("Judged on", f"{facts.candidate['holdout']}, {labelled:,} labelled rows"),
        (
            "Without a label",
            f"{facts.scored.unlabelled:,} of {labelled + facts.scored.unlabelled:,} rows of the holdout",
        ),
        ("Observed share", f"{facts.scored.frame['y'].mean():.4f} of the labelled rows"),
        ("Why it was trained", facts.decision.get("why", "not recorded")),
    ]


def _limits(facts: Facts) -> list[str]:
    spec, candidate = facts.spec, facts.candidate
    rest = facts.scored.unlabelled / (facts.scored.unlabelled + len(facts.scored.frame))
    gates = ", ".join(gate.name for gate in facts.judgement.gates)
    sentences = [
        f"It was fitted on {candidate['fit_window']} and judged on {candidate['holdout']}: on no other season.",
        f"{rest:.1%} of the holdout's rows have no label; nothing is known about how it does on them.",
        f"It was judged as a whole, by the gates {gates}: no slice of the rows and no group of people was looked at.",
        f"Its score supports one decision ({spec.decision}); it is no explanation and no cause.",
    ]
    undecided = [gate.name for gate in facts.judgement.gates if gate.verdict == "insufficient_data"]
    if undecided:
        sentences.append(f"Too few data to decide: {', '.join(undecided)}.")
    return sentences


def _model(facts: Facts) -> list[tuple[str, object]]:
    candidate = facts.candidate
    return [
        ("Estimator", candidate["estimator"]),
        ("Parameters", _listed(candidate["parameters"])),
        ("Numeric columns", ", ".join(candidate["columns"]["numeric"])),
        ("Categorical columns", ", ".join(candidate["columns"]["categorical"]) or "none"),
        ("Figures of its training", _listed(candidate["metrics"])),
    ]


def _lineage(facts: Facts) -> list[tuple[str, object]]:
    candidate = facts.candidate
    return [
        ("Training run", candidate["run_id"]),
        ("Claim", candidate["claim"]),
        ("Training snapshot", f"{facts.snapshot['path']}, sha256 {candidate['snapshot']}"),
        ("Feature transform", f"{candidate['transform']}, service {candidate['service']}"),
        ("Model file", f"{candidate['artifact']['path']}, sha256 {candidate['artifact']['sha256']}"),
        ("Baseline file", f"sha256 {candidate['baseline']['sha256']}"),
        ("Spec when trained", candidate["spec_digest"]),
        ("Spec when judged", facts.spec.digest),
        ("Policy", facts.policy.digest),
        ("Champion it was judged against", version_key(facts.champion) if facts.champion else "none"),
    ]


def _pairs(pairs: Sequence[tuple[str, object]]) -> Table:
    return Table(["", ""], [[name, str(value)] for name, value in pairs])


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_plain(value)}" for name, value in sorted(values.items())) or "none"


def _plain(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
