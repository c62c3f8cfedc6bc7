"""Who may approve what, and which approval stands. Pure."""

from __future__ import annotations

from typing import Literal

from perennial.errors import GateRefused
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.policy import Policy
from perennial.promotion.check import SHORTEST_REASON, Permission

How = Literal["automatic", "people"]


def decisions(history: History, permission: Permission) -> list[Event]:
    """Return the approvals and refusals of this file and verdict since the champion last changed, oldest first.

    An approval moves one champion once: after a change everything is to be approved anew.
    """
    changes = history.of("champion.changed")
    since = changes[-1].seq if changes else 0
    taken = history.of("approval.given", "approval.refused")
    return [event for event in taken if event.seq > since and _binds(event, permission)]


def may_approve(policy: Policy, taken: list[Event], permission: Permission, *, by: str, how: How, reason: str) -> None:
    """Raise GateRefused for an approval that would not count: nobody's, against the policy, or after a person's no."""
    where = f"approval of {version_key(permission.version)}"
    if not by.strip() or len(reason.strip()) < SHORTEST_REASON:
        expected = f"who approves, and a reason of at least {SHORTEST_REASON} characters"
        raise GateRefused(where, expected=expected, found=f"by {by!r}, reason {reason!r}")
    if how == "automatic" and policy.approval.by != "automatic":
        raise GateRefused(where, expected=f"an approval by people, as tier {policy.tier} asks", found="automatic")
    if how == "automatic" and taken and taken[-1].type == "approval.refused":
        raise GateRefused(where, expected="a person after a refusal", found=f"automatic; {_said(taken[-1])}")


def approval_of_champion(history: History) -> Event:
    """Return the approval with which the present champion was made."""
    used = history.of("champion.changed")[-1].payload["approval"]
    return next(event for event in history.of("approval.given") if event.hash == used)


def standing_approval(history: History, permission: Permission) -> Event:
    """Return the approval that stands; raises GateRefused where there is none or somebody refused after it."""
    taken = decisions(history, permission)
    if not taken or taken[-1].type == "approval.refused":
        raise GateRefused(
            f"{history.chain}: promotion of {version_key(permission.version)}",
            expected="an approval bound to this model file and this verdict, given since the champion last changed",
            found=_said(taken[-1]) if taken else "none",
            next_command=f"perennial run {history.chain} promote --key {version_key(permission.version)}",
        )
    return taken[-1]


def _binds(decision: Event, permission: Permission) -> bool:
    bound = decision.payload
    about = (permission.version, permission.artifact_sha256, permission.verdict)
    return (bound["version"], bound["artifact_sha256"], bound["verdict"]) == about


def _said(decision: Event) -> str:
    word = "refused" if decision.type == "approval.refused" else "approved"
    return f"{word} by {decision.payload['by']}: {decision.payload['reason']}"
