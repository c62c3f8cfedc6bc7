"""May a version be retired, and what may be removed with it? Pure: the history in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from perennial.errors import GateRefused
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History

SHORTEST_REASON = 3


def may_retire(history: History, version: int, reason: str) -> None:
    """Raise GateRefused for a version that is unknown or champion, or without a reason; a retired one may go on."""
    history.version(version)
    if history.retirement(version):
        return
    where = f"{history.chain}: retirement of {version_key(version)}"
    if history.champion == version:
        raise GateRefused(
            where,
            expected="a version that is not the champion",
            found=f"{version_key(version)} is the champion",
            next_command=_next_champion(history, version),
        )
    if len(reason.strip()) < SHORTEST_REASON:
        raise GateRefused(where, expected=f"a reason of at least {SHORTEST_REASON} characters", found=repr(reason))


def living(history: History, version: int) -> list[Mapping[str, Any]]:
    """Return what was registered for every other version that is not retired."""
    others = (number for number in history.versions if number != version)
    return [history.version(number) for number in others if not history.retirement(number)]


def removable_folders(history: History, version: int) -> list[str]:
    """Return the folders of the model files, relative to the artifacts; none where a living version needs one."""
    mine = set(_folders(history.version(version)))
    kept = {folder for other in living(history, version) for folder in _folders(other)}
    return [] if mine & kept else sorted(mine)


def removable_transform(history: History, version: int, current: str) -> str | None:
    """Return the version's transform where nobody needs it: no living version, no training, no spec of today."""
    registered = {event.payload["claim"] for event in history.of("candidate.registered")}
    frozen = [event.payload for event in history.of("snapshot.frozen") if event.payload["claim"] not in registered]
    built = [event.payload for event in history.of("features.written")[-1:]]
    used = {current} | {other["transform"] for other in [*living(history, version), *frozen, *built]}
    transform = str(history.version(version)["transform"])
    return None if transform in used else transform


def names(event: Event, registered: Mapping[str, Any]) -> bool:
    """Tell whether an event is about a version: it names it, its claim or its transform. Retiring it does not count."""
    if event.type == "version.retired" or event.type.startswith("archive."):
        return False
    version, body = registered["version"], event.payload
    named = version in [body.get(name) for name in ("version", "previous", "champion")]
    claimed = body.get("claim") == registered["claim"]
    defined = event.type == "features.defined" and body["transform"] == registered["transform"]
    return event.key == version_key(version) or named or claimed or defined


def _folders(registered: Mapping[str, Any]) -> list[str]:
    return [str(PurePosixPath(registered[part]["path"]).parent) for part in ("artifact", "baseline")]


def _next_champion(history: History, version: int) -> str:
    """Return the command that makes another version champion: the newest that passed and may serve."""
    others = [number for number in history.versions if number != version and not history.retirement(number)]
    passed = [number for number in others if (verdict := history.verdict(number)) and verdict.payload["passed"]]
    if not passed:
        return f"perennial status {history.chain}"
    return f'perennial run {history.chain} promote --key {version_key(passed[-1])} --reason "..."'
