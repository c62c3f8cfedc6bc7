"""The life of a model's versions, line by line, and who was champion when, by whose decision, on which evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from perennial.context import Context
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History


def versions(ctx: Context) -> Iterator[str]:
    """Yield a line for every event in the life of a version, oldest first."""
    for event in ctx.chain.history().of(*_LINES):
        yield f"{event.wall_time:%Y-%m-%d %H:%M:%S}  {event.key:<5} {_LINES[event.type](event)}"


def champion_at(ctx: Context, moment: datetime) -> str:
    """Say who was champion at a wall-clock time (UTC when it names no zone), and why it was allowed to be."""
    at = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    history = ctx.chain.history()
    change = history.champion_at(at)
    if change is None:
        return f"{ctx.model} had no champion at {at:%Y-%m-%d %H:%M:%S} UTC"
    approval, verdict = _by_hash(history, change.payload["approval"]), _by_hash(history, change.payload["verdict"])
    lines = [
        f"{version_key(change.payload['version'])} was champion of {ctx.model} at {at:%Y-%m-%d %H:%M:%S} UTC",
        f"  since     {change.wall_time:%Y-%m-%d %H:%M:%S}, event {change.seq}, by {change.actor}",
        f"  kind      {change.payload['kind']}",
        f"  reason    {change.payload['reason'] or '-'}",
        f"  artifact  sha256 {change.payload['artifact_sha256']}",
    ]
    if approval:
        said = approval.payload
        lines.append(f"  approval  event {approval.seq}, {said['how']}, by {said['by']}: {said['reason']}")
    if verdict:
        lines.append(f"  verdict   event {verdict.seq}, {_gates(verdict)}")
        lines.append(f"  evidence  {verdict.evidence}, model card {verdict.payload['card']}")
    return "\n".join(lines)


def _by_hash(history: History, hash_: str) -> Event | None:
    return next((event for event in history.events if event.hash == hash_), None)


def _gates(verdict: Event) -> str:
    return ", ".join(f"{gate['name']} {gate['verdict']}" for gate in verdict.payload["gates"])


_LINES: dict[str, Callable[[Event], str]] = {
    "candidate.registered": lambda e: f"registered, learnt from {e.payload['fit_window']}, {e.payload['estimator']}",
    "verdict.given": lambda e: f"{'passed' if e.payload['passed'] else 'did not pass'}: {_gates(e)}",
    "approval.given": lambda e: f"approved ({e.payload['how']}) by {e.payload['by']}: {e.payload['reason']}",
    "approval.refused": lambda e: f"refused by {e.payload['by']}: {e.payload['reason']}",
    "champion.changed": lambda e: f"champion ({e.payload['kind']}), after {_before(e)}",
    "archive.sealed": lambda e: f"archived, sha256 {e.payload['sha256'][:12]}",
    "archive.proved": lambda _: "restored from its archive in a clean process, predicts the same",
    "version.retired": lambda e: f"retired: {e.payload['reason']}",
}


def _before(event: Event) -> str:
    previous = event.payload["previous"]
    return version_key(previous) if previous else "nobody"
