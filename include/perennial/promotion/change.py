"""What the ledger is told when the champion changes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from perennial.errors import Conflict
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.promotion.check import Permission
from perennial.promotion.verdicts import named, validate

Change = Literal["promotion", "rollback", "emergency", "withdrawal"]
UNDONE = "undo:"
"""What the name of an undoing begins with; the hash of the emergency promotion follows."""


def changed(
    permission: Permission,
    kind: Change,
    *,
    by: Sequence[str],
    reason: str,
    approvals: Sequence[Event] = (),
    review_by: datetime | None = None,
) -> dict[str, Any]:
    """Return the payload of `champion.changed` for a version that was permitted."""
    return {
        "version": permission.version,
        "previous": permission.champion,
        "artifact_sha256": permission.artifact_sha256,
        "verdict": permission.verdict,
        "evidence": permission.evidence,
        "approvals": [event.hash for event in approvals],
        "by": list(by),
        "reason": reason,
        "kind": kind,
        "review_by": review_by and review_by.isoformat(),
    }


def withdrawn(champion: int, *, by: str, reason: str) -> dict[str, Any]:
    """Return the payload of `champion.changed` where nobody is champion again."""
    bound = dict.fromkeys(("artifact_sha256", "verdict", "evidence", "review_by"))
    told = {"version": None, "previous": champion, "approvals": [], "by": [by], "reason": reason, "kind": "withdrawal"}
    return {**bound, **told}


def told_by(history: History) -> str:
    """Return what names the present state of the championship: the hash of the change that made it."""
    change = history.last("champion.changed")
    return change.hash if change else "nobody"


def as_expected(history: History, permission: Permission, champion: int | None, kind: str) -> None:
    """Raise Conflict where the champion, or what the switch would be, is no longer what was decided on."""
    if permission.champion != champion:
        now = f"champion {named(history.champion)}"
        raise conflict(history, permission.version, f"champion {named(champion)}", now)
    if permission.kind != kind:
        raise conflict(history, permission.version, f"a {kind}", f"a {permission.kind}")


def conflict(history: History, version: int, expected: str, found: str) -> Conflict:
    """Build the refusal of a switch that came too late."""
    return Conflict(
        f"{history.chain}: switch to {version_key(version)}",
        expected=expected,
        found=found,
        next_command=validate(history, version),
    )
