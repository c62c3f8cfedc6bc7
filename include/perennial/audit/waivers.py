"""The waivers of a model: who let candidates past which gate until when, and which versions that opened it for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from perennial.context import Context
from perennial.keys import version_key
from perennial.ledger.history import History
from perennial.ledger.waivers import revoked, said
from perennial.policy import Policy, load_policy
from perennial.validation.waivers import Waiver, granted, part_in, waivers_in_force


def waivers(ctx: Context) -> Iterator[str]:
    """Yield three lines for each waiver, oldest first."""
    history, policy = ctx.chain.history(), load_policy(ctx.settings.policies, ctx.spec)
    standing = {waiver.event for waiver in waivers_in_force(history, datetime.now(UTC)).values()}
    newest, over = {waiver.gate: waiver.event for waiver in granted(history)}, revoked(history)
    for waiver in granted(history):
        state = "in force" if waiver.event in standing else "expired"
        state = state if newest[waiver.gate] == waiver.event else "replaced by a newer one"
        state = said(over[waiver.event]) if waiver.event in over else state
        yield "\n".join(
            [
                f"{waiver.gate}  until {waiver.until:%Y-%m-%d %H:%M} UTC  by {waiver.by}: {waiver.reason}",
                f"  state  {state}",
                f"  opens  {'; '.join(_opened(history, waiver, policy)) or 'nothing yet'}",
            ]
        )


def _opened(history: History, waiver: Waiver, policy: Policy) -> Iterator[str]:
    """Say for each version that was judged what the waiver did in its newest verdict, or why it did nothing."""
    for number in history.versions:
        verdict, candidate = history.verdict(number), history.version(number)
        if verdict is None or waiver.gate not in {gate["name"] for gate in verdict.payload["gates"]}:
            continue
        result = next(gate for gate in verdict.payload["gates"] if gate["name"] == waiver.gate)
        if result.get("waiver") == waiver.event:
            yield f"{version_key(number)}, where it is {result['verdict']}"
        elif part := part_in(waiver.by, candidate, policy):
            yield f"not {version_key(number)}: {waiver.by} {part}"
