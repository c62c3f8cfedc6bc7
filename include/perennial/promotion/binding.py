"""What a verdict rests on and may have changed since: the files of its evidence, the waivers it used. Pure."""

from __future__ import annotations

from datetime import datetime

from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.promotion.verdicts import Present, refused, validate

FILES = ("scored", "golden", "card", "card_markdown", "technical", "spec", "policy")


def evidence_of(verdict: Event) -> dict[str, str]:
    """Return the digest of each file that a verdict rests on, by what it is."""
    body = verdict.payload
    files = {"verdict": verdict.evidence, **{name: body.get(name) for name in FILES}}
    gates = {f"gate {gate['name']}": gate.get("evidence") for gate in body["gates"]}
    return {what: digest for what, digest in {**files, **gates}.items() if digest}


def refuse_lost_evidence(history: History, version: int, verdict: Event, present: Present) -> None:
    """Raise GateRefused where a file that the verdict rests on is gone or has another content."""
    lost = {what: digest for what, digest in evidence_of(verdict).items() if digest in present.lost}
    if lost:
        raise refused(
            history,
            version,
            expected="the evidence of the verdict as it was kept",
            found="changed or gone: " + ", ".join(f"{what} ({digest[:12]})" for what, digest in lost.items()),
            next_command=f"perennial reconcile {history.chain}",
        )


def used_waivers(history: History, verdict: Event) -> dict[str, Event]:
    """Return the waivers that opened a gate for this verdict, by the name of the gate."""
    used = {gate["waiver"]: gate["name"] for gate in verdict.payload["gates"] if gate.get("waiver")}
    return {used[event.hash]: event for event in history.events if event.hash in used}


def refuse_expired_waivers(history: History, version: int, verdict: Event, now: datetime) -> None:
    """Raise GateRefused where a waiver that the verdict used is in force no longer; `now` is wall time."""
    until = {gate: datetime.fromisoformat(e.payload["until"]) for gate, e in used_waivers(history, verdict).items()}
    over = {gate: end for gate, end in until.items() if end <= now}
    if over:
        raise refused(
            history,
            version,
            expected="waivers that are in force",
            found="expired: " + ", ".join(f"{gate} on {end:%Y-%m-%d %H:%M}" for gate, end in over.items()),
            nearest=f"waived anew, then judged again: {validate(history, version)}",
            next_command=f'perennial waive {history.chain} {next(iter(over))} --until DAY --reason "..."',
        )
