"""May a version become champion? Pure: the history and today's digests in, a permission or a refusal out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from perennial.errors import ArtifactUntrusted
from perennial.keys import version_key
from perennial.ledger.history import History
from perennial.promotion.verdicts import Present, named, refused, verdict_of_its_time, verdict_of_today

Kind = Literal["promotion", "rollback", "standing"]
SHORTEST_REASON = 3


@dataclass(frozen=True)
class Permission:
    """A version may become champion in place of `champion`; `standing` is one that is champion already."""

    version: int
    kind: Kind
    champion: int | None
    artifact_sha256: str
    verdict: str
    """hash of the verdict's event"""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def permit(history: History, version: int, present: Present, reason: str | None = None) -> Permission:
    """Decide whether a version may become champion.

    Going back, to an older version or to one that was champion before, needs a reason and the verdict of its time.
    Raises GateRefused, Conflict (validate again) and ArtifactUntrusted.
    """
    registered = history.version(version)["artifact"]["sha256"]
    _not_retired(history, version)
    _unchanged(history, version, registered, present)
    if version == history.champion:
        changed = history.of("champion.changed")[-1]
        return Permission(version, "standing", version, registered, changed.payload["verdict"])
    if not goes_back(history, version):
        verdict = verdict_of_today(history, version, present)
        return Permission(version, "promotion", history.champion, registered, verdict.hash)
    verdict = verdict_of_its_time(history, version, present)
    _says_why(history, version, reason)
    return Permission(version, "rollback", history.champion, registered, verdict.hash)


def goes_back(history: History, version: int) -> bool:
    """Tell whether making this version champion would undo a decision that was taken."""
    before = {event.payload["version"] for event in history.of("champion.changed")}
    return version in before or (history.champion is not None and version < history.champion)


def _not_retired(history: History, version: int) -> None:
    if retired := history.retirement(version):
        successor = retired.payload["successor"]
        raise refused(
            history,
            version,
            expected="a version that may serve",
            found=f"retired: {retired.payload['reason']}",
            nearest=f"its successor {version_key(successor)}" if successor else None,
        )


def _unchanged(history: History, version: int, registered: str, present: Present) -> None:
    if present.artifact_sha256 != registered:
        raise ArtifactUntrusted(
            f"{history.chain}: model file of {version_key(version)}",
            expected=f"the registered file, sha256 {registered}",
            found=f"sha256 {present.artifact_sha256}",
            next_command="perennial reconcile",
        )


def _says_why(history: History, version: int, reason: str | None) -> None:
    if len((reason or "").strip()) < SHORTEST_REASON:
        raise refused(
            history,
            version,
            expected=f"a reason of at least {SHORTEST_REASON} characters for going back from {named(history.champion)}",
            found=repr(reason),
            next_command=f'perennial run {history.chain} promote --key {version_key(version)} --reason "..."',
        )
