"""Sections of the card about what people decided: waivers, approvals, and what became of the version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perennial.ledger.event import Event
from perennial.validation.card.document import Block, Table, Text
from perennial.validation.card.facts import Facts

WORDS = {
    "candidate.registered": "registered",
    "holdout.looked_at": "holdout looked at",
    "version.reproduced": "trained again",
    "verdict.given": "judged",
    "approval.given": "approved",
    "approval.refused": "rejected",
    "approval.asked": "people were asked",
    "approval.void": "an answer did not count",
    "emergency.reviewed": "emergency reviewed",
    "champion.changed": "made champion",
    "archive.sealed": "archived",
    "archive.proved": "archive proved",
    "archive.cleaned": "cleaned up",
    "version.retired": "retired",
}
"""What an event is called; others go by their own name."""


def waivers(facts: Facts) -> list[Block]:
    """Show who let it past which gate, whether that was needed or not."""
    if not facts.waivers:
        return []
    used = {gate["name"] for gate in facts.verdict["gates"] if gate["waiver"]}
    rows = [
        [one["gate"], one["by"], until(one), one["reason"], "yes" if one["gate"] in used else "no: it passed"]
        for one in facts.waivers
    ]
    return [
        Text("People let this version past these gates. A waiver that has expired or was revoked counts for nothing."),
        Table(["gate", "by", "until", "reason", "needed"], rows),
    ]


def approvals(facts: Facts) -> list[Block]:
    """Show what happened to the version, or say why that cannot stand here yet."""
    if facts.life is None:
        return [
            Text(
                "This card is part of the verdict and was made before anybody was asked. The same card with approvals,"
                f" promotion and retirement: perennial card {facts.spec.name} {facts.name}"
            )
        ]
    rows = [_row(event) for event in facts.life]
    return [Table(["when (UTC)", "what", "by", "why"], rows)]


def until(waiver: Mapping[str, Any]) -> str:
    """Say how long a waiver counts, or that it was taken back."""
    end = str(waiver["until"][:10])
    return f"{end}; {waiver['revoked']}" if waiver.get("revoked") else end


def _row(event: Event) -> list[str]:
    told = event.payload
    said = told.get("by") or event.actor
    by = said if isinstance(said, str) else ", ".join(said)
    return [f"{event.wall_time:%Y-%m-%d %H:%M}", _what(event.type, told), by, _why(told)]


def _what(type_: str, told: Mapping[str, Any]) -> str:
    word = WORDS.get(type_, type_.replace(".", " ").replace("_", " "))
    kind = told.get("kind") or told.get("how")
    return f"{word} ({kind})" if kind else word


def _why(told: Mapping[str, Any]) -> str:
    if "passed" in told:
        return "passed" if told["passed"] else "did not pass"
    return str(told.get("reason") or told.get("why") or "")
