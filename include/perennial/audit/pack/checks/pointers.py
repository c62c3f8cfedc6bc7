"""Find the events about a version, and the files that they point to. Events are plain JSON values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .files import Broken, sha256

Event = Mapping[str, Any]
KEPT = ("scored", "golden", "card", "card_markdown", "technical", "html", "sql", "spec", "policy", "manifest")
"""Names under which payloads hold the digest of a kept file."""
DIGEST = re.compile(r"[0-9a-f]{64}")


def pointers(event: Event) -> dict[str, str]:
    """Return the digest of every file that an event points to, by what it is."""
    body = event["payload"]
    found: dict[str, Any] = {"evidence": event["evidence"]} | {name: body.get(name) for name in KEPT}
    found |= {f"figures of {family}": digest for family, digest in (body.get("figures") or {}).items()}
    found |= {f"gate {gate['name']}": gate.get("evidence") for gate in body.get("gates") or ()}
    return {what: one for what, one in found.items() if isinstance(one, str) and DIGEST.fullmatch(one)}


def digests_in(value: Any) -> Iterator[str]:
    """Yield everything in nested values that may be the digest of a further file."""
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from digests_in(one)
    if isinstance(value, str) and DIGEST.fullmatch(value):
        yield value


def about(events: Sequence[Event], version: int) -> list[Event]:
    """Return the events about a version: those that name it, its claim or its features, and waivers of its verdicts.

    What took such a waiver back is about the version, too.
    """
    key = f"v{version}"
    hits = [event for event in events if event["type"] == "candidate.registered" and event["key"] == key]
    if not hits:
        raise Broken(f"ledger: no event registers {key}")
    registered = hits[-1]["payload"]
    verdicts = [event["payload"] for event in events if event["type"] == "verdict.given" and event["key"] == key]
    waivers = {one for verdict in verdicts for one in (verdict.get("waivers") or {}).values()}

    def concerns(event: Event) -> bool:
        body = event["payload"]
        named = event["key"] == key or version in (body.get("version"), body.get("previous"))
        defined = event["type"] == "features.defined" and body.get("transform") == registered["transform"]
        waived = event["hash"] in waivers or not waivers.isdisjoint(body.get("waivers") or ())
        return named or defined or body.get("claim") == registered["claim"] or waived

    return [event for event in events if concerns(event)]


def evidence(folder: Path, events: Sequence[Event]) -> int:
    """Check that every file the events point to is there under its digest, and return how many files there are."""
    there = set()
    for path in sorted((folder / "evidence").glob("*")):
        digest = path.name.partition(".")[0]
        if sha256(path) != digest:
            raise Broken(f"evidence/{path.name}: it has not the content of its name")
        there.add(digest)
    for event in events:
        for what, digest in pointers(event).items():
            if digest not in there:
                raise Broken(f"event {event['seq']} ({event['type']}), {what}: no file evidence/{digest}")
    return len(there)
