"""Waivers: a named person lets a candidate past one gate, for a reason, until a day. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from perennial.errors import GateRefused, KeyInvalid, nearest
from perennial.ledger.history import History
from perennial.ledger.origin import is_machine, same_person
from perennial.ledger.waivers import GRANTED, revoked
from perennial.policy import Policy

SHORTEST_REASON = 3


@dataclass(frozen=True)
class Waiver:
    """A waiver that was granted; `event` is the hash of the ledger event that grants it."""

    gate: str
    by: str
    reason: str
    until: datetime
    event: str


def granted(history: History) -> list[Waiver]:
    """Return every waiver that was ever granted, oldest first."""
    return [
        Waiver(
            event.payload["gate"],
            event.payload["by"],
            event.payload["reason"],
            datetime.fromisoformat(event.payload["until"]),
            event.hash,
        )
        for event in history.of(GRANTED)
    ]


def waivers_in_force(history: History, now: datetime) -> dict[str, Waiver]:
    """Return the newest waiver of each gate unless it expired or was revoked; `now` is wall time, a person's own."""
    newest, over = {waiver.gate: waiver for waiver in granted(history)}, revoked(history)
    return {gate: waiver for gate, waiver in newest.items() if waiver.until > now and waiver.event not in over}


def to_revoke(history: History, gate: str, by: str, reason: str, now: datetime) -> list[str]:
    """Return the waivers of a gate that a revocation ends, by their events: one that was replaced is no way round it.

    Raises GateRefused for a machine, without a reason, and where no waiver of the gate is in force.
    """
    standing = waivers_in_force(history, now)
    again = f'perennial revoke {history.chain} {nearest(gate, standing) or "GATE"} --reason "..."'
    if is_machine(by) or len(reason) < SHORTEST_REASON:
        expected = f"who revokes, and a reason of at least {SHORTEST_REASON} characters"
        raise _refused(gate, expected, f"by {by!r}, reason {reason!r}", command=again)
    if gate not in standing:
        expected = f"a waiver that is in force: {', '.join(standing) or 'none is'}"
        found = f"{gate} is not waived"
        raise _refused(gate, expected, found, nearest(gate, standing), f"perennial waivers {history.chain}")
    over = revoked(history)
    return [waiver.event for waiver in granted(history) if waiver.gate == gate and waiver.event not in over]


def counting(waivers: Mapping[str, Waiver], candidate: Mapping[str, Any], policy: Policy) -> dict[str, Waiver]:
    """Return the waivers that open a gate for a candidate: of a tier that asks for independence none of its makers'."""
    return {gate: waiver for gate, waiver in waivers.items() if part_in(waiver.by, candidate, policy) is None}


def part_in(person: str, candidate: Mapping[str, Any], policy: Policy) -> str | None:
    """Say what part a person had in making a candidate; None where they had none, or the tier does not mind."""
    if not policy.approval.independent:
        return None
    parts = {"asked_by": "asked for its training", "spec_by": "last changed its spec"}
    made = ((words, one) for name, words in parts.items() for one in candidate.get(name, ()))
    return next((words for words, one in made if same_person(person, one)), None)


def may_waive(policy: Policy, waiver: Mapping[str, Any], results: Sequence[str], now: datetime) -> None:
    """Raise GateRefused for a waiver that the policy does not allow or that would open nothing.

    `results` names what the gates of the policy have given so far (gate, or gate:part); empty before any verdict.
    """
    gate, until = str(waiver["gate"]), datetime.fromisoformat(waiver["until"])
    _known_gate(policy, gate, results)
    if is_machine(waiver["by"]) or len(str(waiver["reason"]).strip()) < SHORTEST_REASON:
        expected = f"who waives, and a reason of at least {SHORTEST_REASON} characters"
        raise _refused(gate, expected, f"by {waiver['by']!r}, reason {waiver['reason']!r}")
    if not now < until <= now + policy.longest_waiver:
        latest = now + policy.longest_waiver
        expected = f"an end after now, and by {latest:%Y-%m-%d %H:%M} as tier {policy.tier} allows"
        raise _refused(gate, expected, f"{until:%Y-%m-%d %H:%M}", near=f"--until {latest - timedelta(days=1):%Y-%m-%d}")


def last_moment(text: str) -> datetime:
    """Read the end of a waiver: a day, which is still covered whole, or a moment (UTC if it names no zone)."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise KeyInvalid(f"until {text!r}", expected="a day such as 2027-01-31", found=repr(text)) from None
    if len(text.strip()) == len("2027-01-31"):
        moment = datetime.combine(moment.date(), time(23, 59, 59))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _known_gate(policy: Policy, name: str, results: Sequence[str]) -> None:
    """Refuse a gate that the policy does not have, and a name that no result of it goes by."""
    legal = [one for one in results if one.partition(":")[0] in policy.gates]
    if name.partition(":")[0] not in policy.gates:
        near = nearest(name, [*legal, *policy.gates])
        raise _refused(name, f"a gate of tier {policy.tier}: {', '.join(policy.gates)}", name, near)
    parts = [one for one in legal if one.partition(":")[0] == name.partition(":")[0]]
    if parts and name not in parts:
        raise _refused(name, f"a result of that gate: {', '.join(parts)}", name, nearest(name, parts))


def _refused(gate: str, expected: str, found: str, near: str | None = None, command: str | None = None) -> GateRefused:
    return GateRefused(f"waiver of {gate}", expected=expected, found=found, nearest=near, next_command=command)
