"""May a version become champion? Pure: the history and today's digests in, a permission or a refusal out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from perennial.errors import ArtifactUntrusted
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.promotion.binding import refuse_ended_waivers, refuse_lost_evidence
from perennial.promotion.reign import served
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
    """Hash of the verdict's event."""
    evidence: str | None
    """Digest of the verdict's evidence."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @property
    def key(self) -> str:
        """The version as a key: v3."""
        return version_key(self.version)

    @property
    def binding(self) -> dict[str, Any]:
        """What an approval is bound to; another value of any of these makes it void."""
        return {name: getattr(self, name) for name in ("version", "artifact_sha256", "verdict", "evidence")}


def permit(history: History, version: int, present: Present, reason: str | None = None) -> Permission:
    """Decide whether a version may become champion.

    Going back to an older version that served needs a reason and the verdict of its time; everything else, a version
    that was gone back from too, is a promotion: its evidence, its waivers and its verdict must hold today.
    Raises GateRefused, Conflict (validate again) and ArtifactUntrusted.
    """
    registered = history.version(version)["artifact"]["sha256"]
    _not_retired(history, version)
    _unchanged(history, version, registered, present)
    if version == history.champion:
        changed = history.of("champion.changed")[-1].payload
        return Permission(version, "standing", version, registered, changed["verdict"], changed["evidence"])
    if goes_back(history, version):
        _says_why(history, version, reason)
        return _permission("rollback", history, version, verdict_of_its_time(history, version, present))
    verdict = verdict_of_today(history, version, present)
    refuse_lost_evidence(history, version, verdict, present)
    refuse_ended_waivers(history, version, verdict, present.now)
    return _permission("promotion", history, version, verdict)


def goes_back(history: History, version: int) -> bool:
    """Tell whether making this version champion would undo a promotion: an older one, that served before."""
    return history.champion is not None and version < history.champion and version in served(history)


def _permission(kind: Kind, history: History, version: int, verdict: Event) -> Permission:
    registered = history.version(version)["artifact"]["sha256"]
    return Permission(version, kind, history.champion, registered, verdict.hash, verdict.evidence)


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
            next_command=f'perennial rollback {history.chain} --to {version_key(version)} --reason "..."',
        )
