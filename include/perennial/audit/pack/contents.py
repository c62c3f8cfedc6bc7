"""What an evidence pack holds, by its name in the pack."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from perennial.audit.pack.checks.pointers import about, digests_in, pointers
from perennial.context import Context
from perennial.errors import ArtifactUntrusted, LedgerError
from perennial.hashing import canonical, sha256_of
from perennial.keys import version_key
from perennial.ledger.history import History
from perennial.ledger.verify import first_break
from perennial.settings import PROJECT

Content = bytes | Path
"""Bytes, or the file that has them."""
Told = Mapping[str, Any]
"""An event as plain JSON values, with its hash."""


def gather(ctx: Context, history: History, version: int, *, with_data: bool) -> dict[str, Content]:
    """Return the files of a pack by name; raises LedgerError, or ArtifactUntrusted for a file that was changed."""
    registered = history.version(version)
    events = [json.loads(canonical({**event.body(), "hash": event.hash})) for event in history.events]
    frozen = next(e.payload for e in history.of("snapshot.frozen") if e.payload["claim"] == registered["claim"])
    return {
        **_ledger(ctx, history, events),
        **_evidence(ctx, about(events, version)),
        **_models(ctx, history, registered),
        **_spec(ctx, registered),
        **_lock(registered),
        "decision_rule.json": _json(registered.get("decision")),
        "made_with.json": _json(registered.get("made")),
        "snapshot.json": _json(frozen),
        **(_data(ctx, frozen) if with_data else {}),
    }


def _ledger(ctx: Context, history: History, events: Sequence[Told]) -> dict[str, Content]:
    """Return the whole chain, the signed head of its end, and the key; raises LedgerError for a chain that breaks."""
    heads = ctx.chain.ledger.heads
    signed = heads.read(ctx.model)
    if broken := first_break(ctx.model, history.events, *signed, heads.trusts):
        raise LedgerError(
            f"ledger of {ctx.model}, event {broken.seq}",
            expected="a chain that holds",
            found=broken.what,
            next_command=f"perennial ledger verify {ctx.model}",
        )
    end = history.events[-1]
    head = next(one for one in signed if one and (one.seq, one.hash) == (end.seq, end.hash))
    return {
        "ledger/chain.jsonl": "".join(canonical(event) + "\n" for event in events).encode(),
        "ledger/head.json": _json(vars(head)),
        "ledger/signing.pub": ctx.settings.keys / "signing.pub",
    }


def _evidence(ctx: Context, events: Sequence[Told]) -> dict[str, Content]:
    """Return every file that the events point to, and those that figures point to, under their digests."""
    found: dict[str, Content] = {}
    for event in events:
        for what, digest in pointers(event).items():
            path = _unchanged(ctx.evidence.path(digest), digest, f"event {event['seq']} ({event['type']}), {what}")
            found[f"evidence/{path.name}"] = path
            if what.startswith("figures of "):
                found |= _inside(ctx, digest, what)
    return found


def _inside(ctx: Context, digest: str, what: str) -> dict[str, Content]:
    """Return the kept files that figures name, such as tables that are too big to stand in them."""
    named = digests_in(ctx.evidence.read_json(digest))
    hits = [(one, path) for one in named for path in ctx.evidence.root.glob(f"{one[:2]}/{one}*")]
    return {f"evidence/{path.name}": _unchanged(path, one, what) for one, path in hits}


def _models(ctx: Context, history: History, registered: Told) -> dict[str, Content]:
    """Return the model files and what lies beside them; nothing once they were cleaned up."""
    key = version_key(registered["version"])
    if history.last("archive.cleaned", key):
        return {}
    found: dict[str, Content] = {}
    for role, part in (("model", "artifact"), ("baseline", "baseline")):
        path = ctx.settings.artifacts / registered[part]["path"]
        _unchanged(path, registered[part]["sha256"], f"{ctx.model}: {role} file of {key}")
        beside = (one for one in path.parent.iterdir() if one.is_file() and not one.name.startswith("."))
        found |= {f"{role}/{one.name}": one for one in beside}
    return found


def _spec(ctx: Context, registered: Told) -> dict[str, Content]:
    """Return the spec and the SQL that the version was trained with, readable; the kept text is among the evidence."""
    if "spec" not in registered:
        return {}
    kept = ctx.evidence.read_json(registered["spec"])
    return {"spec/spec.json": _json(kept["spec"]), "spec/features.sql": str(kept["sql"]).encode()}


def _lock(registered: Told) -> dict[str, Content]:
    """Return requirements.lock where the present one is that of the version; its digest stands in made_with.json."""
    path, wanted = PROJECT / "requirements.lock", (registered.get("made") or {}).get("lock")
    return {"requirements.lock": path} if wanted and path.exists() and sha256_of(path) == wanted else {}


def _data(ctx: Context, frozen: Told) -> dict[str, Content]:
    path = ctx.lake.root / frozen["path"]
    return {"data/snapshot.parquet": _unchanged(path, frozen["sha256"], f"{ctx.model}: training set {path.name}")}


def _unchanged(path: Path, sha256: str, what: str) -> Path:
    """Return the path of a file that is as recorded; raises ArtifactUntrusted."""
    found = f"sha256 {sha256_of(path)}" if path.is_file() else "no such file"
    if found != f"sha256 {sha256}":
        raise ArtifactUntrusted(what, expected=f"sha256 {sha256}", found=found, next_command="perennial reconcile")
    return path


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
