"""The life of a model's versions, line by line, and who was champion when, by whose decision, on which evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from perennial.context import Context
from perennial.keys import version_key
from perennial.ledger.emergency import review
from perennial.ledger.event import Event
from perennial.ledger.gist import gist
from perennial.ledger.history import History
from perennial.ledger.waivers import revoked, said


def versions(ctx: Context) -> Iterator[str]:
    """Yield a line for every event in the life of a version, oldest first."""
    for event in ctx.chain.history().of(*_LINES):
        yield f"{event.wall_time:%Y-%m-%d %H:%M:%S}  {event.key:<5} {_LINES[event.type](event)}"


def champion_at(ctx: Context, moment: datetime) -> str:
    """Say who was champion at a wall-clock time (UTC when it names no zone), and why it was allowed to be."""
    at = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    history = ctx.chain.history()
    change = history.champion_at(at)
    if change is None or change.payload["version"] is None:
        why = f": {change.payload['reason']} (event {change.seq})" if change else ""
        return f"{ctx.model} had no champion at {at:%Y-%m-%d %H:%M:%S} UTC{why}"
    told = change.payload
    rows = [
        ("since", f"{change.wall_time:%Y-%m-%d %H:%M:%S}, event {change.seq}, by {', '.join(told['by'])}"),
        ("kind", told["kind"]),
        ("reason", told["reason"]),
        ("artifact", f"sha256 {told['artifact_sha256']}"),
        *(("approval", line) for line in decided(history, change)),
        *_evidence(history, change),
    ]
    head = f"{version_key(told['version'])} was champion of {ctx.model} at {at:%Y-%m-%d %H:%M:%S} UTC"
    return "\n".join([head, *(f"  {name:<9} {value}" for name, value in rows)])


def decided(history: History, change: Event) -> list[str]:
    """Say by whose decisions a champion was made: each approval, a rollback, and the review of an emergency."""
    words = [_by_hash(history, hash_) for hash_ in change.payload["approvals"]]
    given = [f"event {e.seq}, {e.payload['how']}, by {e.payload['by']}: {e.payload['reason']}" for e in words if e]
    kind, by = change.payload["kind"], ", ".join(change.payload["by"])
    one = [] if given else [f"event {change.seq}, {kind}, by {by}: {change.payload['reason']}"]
    reviewed = review(history, change)
    return [*given, *one, *([f"event {reviewed.seq}, {_LINES[reviewed.type](reviewed)}"] if reviewed else [])]


def _evidence(history: History, change: Event) -> Iterator[tuple[str, str]]:
    verdict = _by_hash(history, change.payload["verdict"])
    if verdict is None:
        return
    yield "verdict", f"event {verdict.seq}, {gist(verdict)}"
    for gate in (gate for gate in verdict.payload["gates"] if gate.get("waiver")):
        taken_back = revoked(history).get(gate["waiver"])
        yield "waiver", f"{gate['name']}: {gate['why']}{f'; {said(taken_back)}' if taken_back else ''}"
    yield "evidence", f"{verdict.evidence}, model card {verdict.payload['card']}"


def _by_hash(history: History, hash_: str) -> Event | None:
    return next((event for event in history.events if event.hash == hash_), None)


def _change(event: Event) -> str:
    told = event.payload
    before = version_key(told["previous"]) if told["previous"] else "nobody"
    who = "champion" if told["version"] else "nobody is champion"
    return f"{who} ({told['kind']} by {', '.join(told['by'])}), after {before}: {told['reason']}"


def _mind(event: Event) -> str:
    return "agrees" if event.payload["agrees"] else "rejects"


_LINES: dict[str, Callable[[Event], str]] = {
    "candidate.registered": lambda e: f"registered, learnt from {e.payload['fit_window']}, {e.payload['estimator']}",
    "version.reproduced": lambda e: f"trained again: {e.payload['why']}",
    "waiver.granted": lambda e: f"waived by {e.payload['by']} until {e.payload['until'][:16]}: {e.payload['reason']}",
    "waiver.revoked": lambda e: f"waiver revoked by {e.payload['by']}: {e.payload['reason']}",
    "verdict.given": gist,
    "approval.asked": lambda e: f"asked {', '.join(e.payload['people']) or 'anybody'}, until {e.payload['until'][:16]}",
    "approval.reminded": lambda _: "reminded: nobody had answered",
    "approval.escalated": lambda _: "escalated: nobody had answered",
    "approval.void": lambda e: f"the answer of {e.payload['by']} does not count: {e.payload['why']}",
    "approval.given": lambda e: f"approved ({e.payload['how']}) by {e.payload['by']}: {e.payload['reason']}",
    "approval.refused": lambda e: f"rejected by {e.payload['by']}: {e.payload['reason']}",
    "champion.changed": _change,
    "emergency.reviewed": lambda e: f"review by {e.payload['by']}, {_mind(e)}: {e.payload['reason']}",
    "retraining.judged": lambda e: (
        f"its training, on {e.payload['on']} rows of {e.payload['window']}: {e.payload['why']}"
    ),
    "dependency.changed": lambda e: (
        f"stands under {version_key(e.payload['version'])}, {e.payload['what']}: {e.payload['action']}"
    ),
    "champion.revalidated": lambda e: (
        f"{'passed' if e.payload['passed'] else 'did not pass'} again, on {e.payload['window']}: {e.payload['why']}"
    ),
    "archive.sealed": lambda e: f"archived, sha256 {e.payload['sha256'][:12]}",
    "archive.proved": lambda _: "restored from its archive in a clean process, predicts the same",
    "version.retired": lambda e: f"retired: {e.payload['reason']}",
}
