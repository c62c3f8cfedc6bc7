"""What a verdict rests on and may have changed since: the files of its evidence, the waivers it used. Pure."""

from __future__ import annotations

from datetime import datetime

from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.waivers import revoked, said
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


def refuse_ended_waivers(history: History, version: int, verdict: Event, now: datetime) -> None:
    """Raise GateRefused where a waiver that the verdict used has expired or was revoked; `now` is wall time."""
    ended = {
        gate: why for gate, event in used_waivers(history, verdict).items() if (why := _ended(history, event, now))
    }
    if not ended:
        return
    again, gate = validate(history, version), next(iter(ended))
    waive = f'perennial waive {history.chain} {gate} --until DAY --reason "..."'
    taken_back = any(why.startswith("revoked") for why in ended.values())
    raise refused(
        history,
        version,
        expected="waivers that are in force",
        found="; ".join(f"{gate} {why}" for gate, why in ended.items()),
        nearest="judged again without it" if taken_back else f"waived anew, then judged again: {again}",
        next_command=again if taken_back else waive,
    )


def _ended(history: History, waiver: Event, now: datetime) -> str | None:
    """Say how a waiver ended; None while it is in force."""
    if taken_back := revoked(history).get(waiver.hash):
        return said(taken_back)
    until = datetime.fromisoformat(waiver.payload["until"])
    return f"expired {until:%Y-%m-%d %H:%M} UTC" if until <= now else None
