"""Check that model, verdicts, approvals and promotions are about one file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .files import Broken, sha256

Event = Mapping[str, Any]
MODEL, DATA = "model/model.skops", "data/snapshot.parquet"
RESTS_ON = {"verdict": "verdict.given", "approvals": "approval.given", "change": "champion.changed"}
"""What a payload names by the hash of its event, or by several, and of which type that is."""
TOLD = (
    "version.reproduced",
    "waiver.granted",
    "waiver.revoked",
    "verdict.given",
    "approval.given",
    "approval.refused",
    "approval.void",
    "champion.changed",
    "emergency.reviewed",
    "version.retired",
)
"""Events that are said; the others are checked in silence."""


def story(folder: Path, version: int, events: Sequence[Event]) -> Iterator[str]:
    """Say what happened to a version; raises Broken where it happened to another file, or rests on nothing."""
    registered = [event for event in events if event["type"] == "candidate.registered"][-1]["payload"]
    artifact = str(registered["artifact"]["sha256"])
    yield _model(folder, artifact, events)
    if (folder / DATA).exists():
        yield _same(folder / DATA, DATA, registered["snapshot"], "the frozen training set")
    by_hash = {event["hash"]: event for event in events}
    for event in events:
        if event["payload"].get("version") == version:
            _about(event, artifact)
            _rests(event, by_hash)
        if event["type"] in TOLD:
            yield _told(event)


def _model(folder: Path, artifact: str, events: Sequence[Event]) -> str:
    if (folder / MODEL).exists():
        return _same(folder / MODEL, MODEL, artifact, "the registered model")
    if any(event["type"] == "archive.cleaned" for event in events):
        return f"{MODEL}: was cleaned up after it was archived"
    raise Broken(f"{MODEL}: the file is missing")


def _same(path: Path, name: str, expected: str, words: str) -> str:
    if sha256(path) != expected:
        raise Broken(f"{name}: not {words}, sha256 {expected}")
    return f"{name}: {words}, sha256 {expected}"


def _about(event: Event, artifact: str) -> None:
    said = event["payload"].get("artifact_sha256")
    if said not in (None, artifact):
        raise Broken(f"event {event['seq']} ({event['type']}): about another model file, sha256 {said}")


def _rests(event: Event, by_hash: Mapping[str, Event]) -> None:
    """Check that the verdict and the approvals that an event names are there, and are what it says."""
    for name, type_ in RESTS_ON.items():
        found = event["payload"].get(name) or []
        for link in [found] if isinstance(found, str) else found:
            if by_hash.get(link, {}).get("type") != type_:
                raise Broken(f"event {event['seq']} ({event['type']}): {name}: {link} is no {type_} of this version")


def _told(event: Event) -> str:
    body = event["payload"]
    why = body.get("reason") or body.get("why") or ""
    if "passed" in body:
        why = "passed" if body["passed"] else "did not pass"
    said = body.get("by") or event["actor"]
    by = said if isinstance(said, str) else ", ".join(said)
    return f"event {event['seq']}, {event['wall_time'][:19]}: {event['type']} by {by}{': ' if why else ''}{why}"
