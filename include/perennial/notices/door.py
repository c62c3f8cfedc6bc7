"""The one door to people: tell them, say that it is over, and send what waited."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from perennial.hashing import digest
from perennial.ledger.chain import Chain
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.notices.channels import channels
from perennial.notices.decision import CLAIM, Decision, decide, due_messages, to_escalate
from perennial.notices.notice import Notice
from perennial.notices.post import Raced, addresses, post, unchanged
from perennial.notices.quiet import quiet_until
from perennial.notices.state import Cause, Message, Name, State, fold, read
from perennial.settings import Settings
from perennial.spec.notices import Kind, Notices


def tell(settings: Settings, chain: Chain, rules: Notices, notice: Notice, now: datetime | None = None) -> Event:
    """Tell people, or hold it back; return the event that says which, and why.

    A receiver that is down stops nothing: it is recorded, and `deliver` tries again.
    """
    at, reachable = now or datetime.now(UTC), bool(channels(settings, addresses(rules, notice.circle)))
    while True:
        state = read(chain)
        decision = decide(rules, notice, state, at, reachable=reachable)
        payload = _payload(notice, decision, at)
        once = _once(chain, notice, state, decision)
        try:
            event = chain.record(_type(decision), notice.key, payload, once=once, guard=unchanged(state))
        except Raced:
            continue
        if not decision.why:
            post(settings, chain, rules, [_message(event)], at)
        return event


def reset(
    settings: Settings, chain: Chain, rules: Notices, kind: Kind, key: str, *, why: str, now: datetime | None = None
) -> Event | None:
    """Record that the cause of a notice is over, and tell whoever was told; None where it does not stand."""
    at = now or datetime.now(UTC)
    while True:
        state = read(chain)
        cause = state.causes.get((kind, key))
        if cause is None:
            return None
        plan = _over(rules, state, (kind, key), why, at)
        if not channels(settings, addresses(rules, plan.get("circle", "team"))):
            plan |= (
                {"due": at.isoformat(), "attempt": 0} if plan["told"] else {}
            )  # for a process that has a way to people
        payload = {"kind": kind, "why": why, "at": at.isoformat(), **plan}
        try:
            event = chain.record("notice.reset", key, payload, guard=unchanged(state))
        except Raced:
            continue
        if payload.get("attempt"):
            post(settings, chain, rules, [_message(event)], at)
        return event


def deliver(settings: Settings, chain: Chain, rules: Notices, now: datetime | None = None) -> int:
    """Send what is due: what quiet hours held back, what was not taken, what escalates. Return how many messages."""
    at = now or datetime.now(UTC)
    if not channels(settings, addresses(rules, "wide")):
        return 0
    for name, cause in to_escalate(rules, read(chain), at):
        _escalate(chain, name, cause, at)
    due = due_messages(rules, read(chain), at)
    mine = sorted((one for one in (_claim(chain, message, at) for message in due) if one), key=_together)
    for _, group in groupby(mine, key=_together):
        post(settings, chain, rules, list(group), at)
    return len(mine)


def _type(decision: Decision) -> str:
    return "notice.held_back" if decision.why else "notice.raised"


def _once(chain: Chain, notice: Notice, state: State, decision: Decision) -> str | None:
    """Name what adds nothing when it is said again: by the same run, or where nobody wants to hear of it."""
    if decision.why == "mute":
        return f"{notice.kind}:{notice.key}:mute:{digest([notice.subject, notice.text])}"
    if decision.why != "repeats":
        return None
    return f"{notice.kind}:{notice.key}:{state.causes[notice.kind, notice.key].raised.isoformat()}:{chain.run}"


def _payload(notice: Notice, decision: Decision, at: datetime) -> dict[str, Any]:
    said = {"kind": notice.kind, "subject": notice.subject, "text": notice.text, "circle": notice.circle}
    due = decision.due and decision.due.isoformat()
    attempt = 0 if decision.why else 1
    plan = {"step": decision.step, "severity": decision.severity, "why": decision.why, "due": due, "attempt": attempt}
    return {**said, **plan, "at": at.isoformat()}


def _over(rules: Notices, state: State, name: Name, why: str, at: datetime) -> dict[str, Any]:
    """Return the message that it is over, which goes to everybody who heard of it; `told`: somebody did."""
    cause = state.causes[name]
    heard = cause.told or any(one.name == name and one.in_flight for one in state.waiting.values())
    if not heard or cause.severity == "info":
        return {"told": False}
    quiet = None if cause.severity == "urgent" else quiet_until(rules, at)
    text = f"{why}\nIt was so since {cause.since:%Y-%m-%d %H:%M} UTC."
    message = {"step": "over", "subject": cause.subject, "text": text, "severity": cause.severity}
    circle = "wide" if cause.escalated else "team"
    plan = {"due": (quiet or at + CLAIM).isoformat(), "attempt": 0 if quiet else 1, "circle": circle}
    return {"told": True, **message, **plan}


def _escalate(chain: Chain, name: Name, cause: Cause, at: datetime) -> None:
    """Put the escalation among the messages that are due; whoever comes second finds it done."""
    kind, key = name
    told = f"Told {cause.told:%Y-%m-%d %H:%M} UTC" if cause.told else "Nobody else is told"
    text = f"{cause.text}\n{told}; since {cause.since:%Y-%m-%d %H:%M} UTC."
    step = {"step": "escalation", "severity": cause.severity, "why": "", "circle": "wide", "attempt": 0}
    payload = {"kind": kind, "subject": cause.subject, "text": text, "at": at.isoformat(), "due": at.isoformat()}
    chain.record("notice.raised", key, {**payload, **step}, once=f"{kind}:{key}:{cause.since.isoformat()}:escalation")


def _claim(chain: Chain, message: Message, at: datetime) -> Message | None:
    """Take a message for sending; None where somebody else has."""
    kind, key = message.name
    mine = replace(message, attempt=message.attempt + 1, due=at + CLAIM)

    def guard(history: History) -> None:
        if fold(history.events).waiting.get(message.entry) != message:
            raise Raced

    payload = {"kind": kind, "entry": message.entry, "step": message.step, "at": at.isoformat()}
    try:
        chain.record(
            "notice.raised", key, {**payload, "attempt": mine.attempt, "due": mine.due.isoformat()}, guard=guard
        )
    except Raced:
        return None
    return mine


def _message(event: Event) -> Message:
    return fold([event]).waiting[event.hash]


def _together(message: Message) -> tuple[str, list[str]]:
    return message.circle, list(message.left or ())
