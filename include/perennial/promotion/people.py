"""Who may answer for a version, and why not others. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from perennial.errors import GateRefused
from perennial.keys import version_key
from perennial.ledger.history import History
from perennial.ledger.origin import same_person
from perennial.policy import Policy
from perennial.promotion.verdicts import refused

ASKED, CHANGED = "asked for the training", "last changed the spec"


@dataclass(frozen=True)
class Makers:
    """Who had a part in making a version, by the names they go by."""

    asked: Sequence[str]
    changed: Sequence[str]


def makers(history: History, version: int, spec_now: Iterable[str] = ()) -> Makers:
    """Return the makers of a version; `spec_now` are those who changed the spec after it was registered."""
    told = history.version(version)
    return Makers(told.get("asked_by", ()), [*told.get("spec_by", ()), *spec_now])


def shut_out(policy: Policy, made: Makers, spoke: Mapping[str, str]) -> dict[str, str]:
    """Return who may not answer, and why; `spoke` are those who have had their say (and what it was)."""
    why: dict[str, list[str]] = {name: [said] for name, said in spoke.items()}
    if policy.approval.independent:
        for names, part in ((made.asked, ASKED), (made.changed, CHANGED)):
            for name in dict.fromkeys(names):
                why.setdefault(name, []).append(part)
    return {name: " and ".join(parts) for name, parts in why.items()}


def why_not(name: str, shut: Mapping[str, str]) -> str | None:
    """Return why somebody may not answer, however the name is written; None for one who may."""
    return next((why for one, why in shut.items() if same_person(one, name)), None)


def may_answer(
    history: History, version: int, known: Collection[str], shut: Mapping[str, str], needed: int
) -> list[str]:
    """Return the people to ask; none where nobody is `known`: then everybody may, and the answer is looked at.

    Raises GateRefused where fewer are left than are `needed`: a question that nobody may answer is not asked.
    """
    left = [name for name in known if not why_not(name, shut)]
    if known and len(left) < needed:
        out = ", ".join(f"{name} {why}" for name in known if (why := why_not(name, shut)))
        raise refused(
            history,
            version,
            expected=f"{needed} people who may answer",
            found=f"{', '.join(left) or 'nobody'}; {out or 'nobody else is known'}",
            nearest="PERENNIAL_APPROVERS or approval.approvers of the policy name them",
            next_command=f"perennial promote {history.chain} {version_key(version)}",
        )
    return left


def refuse_strangers(where: str, named: Collection[str], by: str) -> None:
    """Raise GateRefused for somebody who is not among the approvers, where any are named."""
    if named and not any(same_person(by, one) for one in named):
        near = "PERENNIAL_APPROVERS or approval.approvers of the policy name them"
        raise GateRefused(where, expected=f"one of the approvers: {', '.join(named)}", found=by, nearest=near)


def unnamed(policy: Policy, made: Makers) -> list[str]:
    """Say openly what is not known, where independence is asked for."""
    if not policy.approval.independent:
        return []
    asked = [] if made.asked else ["Nobody is known to have asked for the training: a schedule or a monitor did."]
    return asked if made.changed else [*asked, "Nobody is known to have last changed the spec."]
