"""Whose word counts, and which approvals stand. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from perennial.errors import GateRefused
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.origin import is_machine, same_person
from perennial.policy import Policy
from perennial.promotion.check import SHORTEST_REASON, Permission
from perennial.promotion.people import why_not
from perennial.promotion.reign import stop
from perennial.spec.gates import TIERS, RiskTier

How = Literal["automatic", "people", "emergency", "time-out"]


def decisions(history: History, permission: Permission) -> list[Event]:
    """Return the approvals and rejections of this file and verdict since the champion last changed, oldest first.

    An approval moves one champion once: after a change everything is to be approved anew.
    """
    changes = history.of("champion.changed")
    since = changes[-1].seq if changes else 0
    taken = history.of("approval.given", "approval.refused")
    return [event for event in taken if event.seq > since and binds(event, permission)]


def binds(event: Event, permission: Permission) -> bool:
    """Tell whether a word or a question is about exactly this file and this evidence."""
    return all(event.payload[name] == value for name, value in permission.binding.items())


def may_speak(history: History, permission: Permission, by: str, reason: str, shut: Mapping[str, str]) -> None:
    """Raise GateRefused for a word that does not count: nobody's, without a reason, or of one who is shut out."""
    where = f"{history.chain}: approval or review of {permission.key}"
    again = f"perennial {'review' if permission.kind == 'standing' else 'approve'} {history.chain} {permission.key} ..."
    if is_machine(by) or len(reason.strip()) < SHORTEST_REASON:
        expected = f"a person who decides, and a reason of at least {SHORTEST_REASON} characters"
        raise GateRefused(where, expected=expected, found=f"by {by!r}, reason {reason!r}", next_command=again)
    if why := why_not(by, shut):
        expected = "somebody who had no part in it, and has not spoken yet"
        raise GateRefused(where, expected=expected, found=f"{by} {why}", next_command=f"somebody else: {again}")


def may_be_automatic(policy: Policy, history: History, version: int) -> None:
    """Raise GateRefused for an approval by a machine against the policy, or after a person's no."""
    where = f"{history.chain}: approval of {version_key(version)}"
    by_hand = f'perennial promote {history.chain} {version_key(version)} --reason "..."'
    if policy.approval.by != "automatic":
        whose = ", the tier of the newest champion" if promoted_in(history) == policy.tier else ""
        expected = f"an approval by people, as tier {policy.tier} asks{whose}"
        raise GateRefused(where, expected=expected, found="automatic", next_command=by_hand)
    if word := stop(history, version):
        expected = "a person, where a person stopped"
        raise GateRefused(where, expected=expected, found=f"automatic; {said(word)}", next_command=by_hand)


def tier_left(history: History, tier: RiskTier) -> RiskTier | None:
    """Return the tier that the newest champion was promoted in, where it is above `tier`, which the spec names now.

    One word in a spec must not take a model away from the people who have to approve it: whoever lowers its tier needs
    their approval once more.
    """
    was = promoted_in(history)
    return was if was and TIERS.index(was) > TIERS.index(tier) else None


def promoted_in(history: History) -> RiskTier | None:
    """Return the tier of the verdict that made the newest champion; None where there was none, or it names no tier."""
    bound = [change.payload["verdict"] for change in history.of("champion.changed") if change.payload["verdict"]]
    tiers = {event.hash: event.payload.get("tier") for event in history.of("verdict.given")}
    return tiers.get(bound[-1]) if bound else None


def standing_approvals(policy: Policy, history: History, permission: Permission) -> list[Event]:
    """Return the approvals that count towards the policy: after the last rejection, one a person, oldest first."""
    counted = {"people"} if policy.approval.by == "people" else {"people", "automatic"}
    standing: list[Event] = []
    for event in decisions(history, permission):
        if event.type == "approval.refused":
            standing.clear()
        elif event.payload["how"] in counted:
            by = event.payload["by"]
            if not any(same_person(by, one.payload["by"]) for one in standing):
                standing.append(event)
    return standing


def needed(policy: Policy) -> int:
    """Return how many approvals the policy asks for."""
    return policy.approval.people if policy.approval.by == "people" else 1


def approved(policy: Policy, history: History, permission: Permission) -> list[Event]:
    """Return the approvals with which a version may become champion; raises GateRefused while some are missing."""
    standing = standing_approvals(policy, history, permission)
    if len(standing) < needed(policy):
        taken = decisions(history, permission)
        count = f"{needed(policy)} approvals" if needed(policy) > 1 else "an approval"
        raise GateRefused(
            f"{history.chain}: promotion of {version_key(permission.version)}",
            expected=f"{count} bound to this model file and this verdict, given since the champion last changed",
            found="; ".join(said(event) for event in standing or taken[-1:]) or "none",
            next_command=f'perennial approve {history.chain} {version_key(permission.version)} --reason "..."',
        )
    return standing


def said(word: Event) -> str:
    """Write who said what, and why."""
    if word.type == "champion.changed":
        return f"{word.payload['kind']} by {', '.join(word.payload['by'])}: {word.payload['reason']}"
    verb = "rejected" if word.type == "approval.refused" else "approved"
    return f"{verb} by {word.payload['by']}: {word.payload['reason']}"
