"""Grant a waiver: what a person says goes to the ledger; the next verdict looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from perennial.context import Context
from perennial.hashing import digest
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.policy import load_policy
from perennial.validation.waivers import last_moment, may_waive


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
    may_waive(policy, payload, results(ctx.chain.history()), datetime.now(UTC))
    return ctx.chain.record("waiver.granted", gate, payload, once=digest(payload))


def results(history: History) -> Sequence[str]:
    """Name the results of the newest verdict of any version; empty before the first."""
    newest = history.last("verdict.given")
    return [gate["name"] for gate in newest.payload["gates"]] if newest else []
