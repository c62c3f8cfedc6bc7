"""Grant a waiver, or take it back: what a person says goes to the ledger; verdict and promotion look at it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from perennial.context import Context
from perennial.errors import Conflict
from perennial.hashing import digest
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.waivers import GRANTED, REVOKED
from perennial.policy import load_policy
from perennial.validation.waivers import last_moment, may_waive, to_revoke


def waive(ctx: Context, gate: str, *, until: str, reason: str) -> Event:
    """Record that whoever acts lets candidates past a gate (or gate:part); the same words again are the same waiver.

    Raises GateRefused for what the policy does not allow, KeyInvalid for an end that is no day.
    """
    payload = {
        "gate": gate,
        "by": ctx.chain.actor,
        "reason": reason.strip(),
        "until": last_moment(until).isoformat(),
    }
    policy = load_policy(ctx.settings.policies, ctx.spec)
    history = ctx.chain.history()
    may_waive(policy, payload, results(history), datetime.now(UTC))
    last = _last_word(history, gate)
    if last and (last.type, last.payload) == (GRANTED, payload):
        return last
    # After another waiver, or a revocation, the same words are a new waiver.
    return ctx.chain.record(GRANTED, gate, payload, once=digest({**payload, "after": last and last.hash}))


def revoke(ctx: Context, gate: str, *, reason: str) -> Event:
    """Record that whoever acts takes the waiver of a gate (or gate:part) back; the same words again are the same event.

    From then on it counts for nothing: no verdict that it opened a gate for is promoted any more. Raises GateRefused
    for a machine, without a reason, and where no waiver of the gate is in force.
    """
    history, reason, by = ctx.chain.history(), reason.strip(), ctx.chain.actor
    last = _last_word(history, gate)
    if last and (last.type, last.payload["by"], last.payload["reason"]) == (REVOKED, by, reason):
        return last
    waivers = to_revoke(history, gate, by, reason, datetime.now(UTC))

    def still(history: History) -> None:
        """Refuse under the lock where somebody else spoke meanwhile: nobody revokes what they have not seen."""
        now = _last_word(history, gate)
        if now != last:
            raise Conflict(
                f"{ctx.model}: waiver of {gate}",
                expected="the waiver that was read",
                found=f"{now.type} by {now.payload['by']}" if now else "none",
                next_command=f"perennial waivers {ctx.model}",
            )

    payload = {"gate": gate, "by": by, "reason": reason, "waivers": waivers}
    return ctx.chain.record(REVOKED, gate, payload, once=digest(payload), guard=still)


def _last_word(history: History, gate: str) -> Event | None:
    """Return what people said last about waiving a gate."""
    return next((event for event in reversed(history.of(GRANTED, REVOKED)) if event.key == gate), None)


def results(history: History) -> Sequence[str]:
    """Name the results of the newest verdict of any version; empty before the first."""
    newest = history.last("verdict.given")
    return [gate["name"] for gate in newest.payload["gates"]] if newest else []
