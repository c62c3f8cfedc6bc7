"""Check that what lies here to be read says what the ledger, or a recorded file, says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .files import Broken, sha256

Event = Mapping[str, Any]
BASELINE, LOCK, MODEL = "baseline/model.skops", "requirements.lock", "model/model.skops"


def copies(folder: Path, events: Sequence[Event]) -> str:
    """Compare every copy with what it is of, and say how many there are; raises Broken for the first that differs.

    The manifest alone would not do: nobody signed it, so whoever changes a file may change its line there, too.
    """
    registered = [event["payload"] for event in events if event["type"] == "candidate.registered"][-1]
    expected = {name: text.encode() for name, text in _texts(folder, registered, events).items()}
    for name, content in expected.items():
        if not (folder / name).is_file() or (folder / name).read_bytes() != content:
            raise Broken(f"{name}: not what the ledger says")
    digests = _digests(folder, registered)
    for name, digest in digests.items():
        if not (folder / name).is_file() or sha256(folder / name) != digest:
            raise Broken(f"{name}: not the recorded file, sha256 {digest}")
    return f"copies: {len(expected) + len(digests)}, each what the ledger says"


def _texts(folder: Path, registered: Event, events: Sequence[Event]) -> dict[str, str]:
    """Return the content that each readable file has to have."""
    frozen = [event["payload"] for event in events if event["type"] == "snapshot.frozen"]
    mine = next((one for one in frozen if one["claim"] == registered["claim"]), None)
    found = {
        "decision_rule.json": _json(registered.get("decision")),
        "made_with.json": _json(registered.get("made")),
        "snapshot.json": _json(mine),
    }
    if "spec" not in registered:
        return found
    path = next((folder / "evidence").glob(f"{registered['spec']}*"))
    kept = json.loads(path.read_text(encoding="utf-8"))
    return {**found, "spec/spec.json": _json(kept["spec"]), "spec/features.sql": str(kept["sql"])}


def _digests(folder: Path, registered: Event) -> dict[str, str]:
    """Return the digest that each copied file has to have; a lock is there only where it was still the same."""
    found = {BASELINE: registered["baseline"]["sha256"]} if (folder / MODEL).exists() else {}
    lock = str((registered.get("made") or {}).get("lock"))
    return {**found, LOCK: lock} if (folder / LOCK).exists() else found


def _json(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
