"""Retire a version: check, pack, drill, retire, clean up. Nothing is deleted before the archive proved itself.

Every step finds what an earlier run of it left, so that a crash anywhere is followed by running them all again.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow.parquet as pq

from perennial.context import Context
from perennial.errors import ArtifactUntrusted, GateRefused
from perennial.estimators.clean_process import smoke
from perennial.estimators.probe import GOLDEN_SCORE
from perennial.hashing import sha256_of
from perennial.keys import parse_version, version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.retirement.check import may_retire
from perennial.retirement.clean_up import carry_out, plan
from perennial.retirement.contents import GOLDEN, MODEL, gather
from perennial.retirement.seal import MANIFEST, seal, unpack


def check(ctx: Context, key: str, reason: str) -> Event | None:
    """Raise GateRefused where version `key` may not be retired; return the event that retired it, if it was."""
    history, number = ctx.chain.history(), parse_version(key)
    may_retire(history, number, reason)
    return history.retirement(number)


def pack(ctx: Context, key: str, reason: str) -> Event:
    """Write the sealed archive and return `archive.sealed`; an archive that is there and unchanged stays."""
    check(ctx, key, reason)
    history, number = ctx.chain.history(), parse_version(key)
    sealed = history.last("archive.sealed", key)
    if sealed and _found(ctx, sealed) == sealed.payload["sha256"]:
        return sealed
    target = ctx.settings.archives / ctx.model / f"{key}.tar.gz"
    with tempfile.TemporaryDirectory(prefix="perennial-pack-") as scratch:
        folder = Path(scratch)
        gather(ctx, history, number, folder)
        manifest = ctx.evidence.put((folder / MANIFEST).read_bytes(), ".json")
        sha256 = seal(folder, target)
    payload = {
        "version": number,
        "path": target.relative_to(ctx.settings.archives).as_posix(),
        "sha256": sha256,
        "manifest": manifest,
    }
    return ctx.chain.record("archive.sealed", key, payload, evidence=manifest, once=f"{key}:{sha256}")


def drill(ctx: Context, key: str) -> Event:
    """Restore from the archive alone, in a clean process, and return `archive.proved`.

    Raises GateRefused where nothing is sealed, ArtifactUntrusted where the archive does not hold or predicts otherwise.
    """
    sealed = _intact(ctx, ctx.chain.history(), key)
    sha256 = sealed.payload["sha256"]
    if proved := _proof(ctx.chain.history(), key, sha256):
        return proved
    with tempfile.TemporaryDirectory(prefix="perennial-drill-") as scratch:
        folder = Path(scratch)
        manifest = unpack(ctx.settings.archives / sealed.payload["path"], folder).manifest
        expected = pq.read_table(folder / GOLDEN).column(GOLDEN_SCORE).to_numpy()
        found = smoke(folder / MODEL, manifest["artifact_sha256"], folder / GOLDEN, expected)
    if not found.ok or not found.rows:
        raise ArtifactUntrusted(
            f"{ctx.model}: archive of {key}",
            expected=f"the predictions of {len(expected)} golden rows, bit for bit",
            found=f"{found.different} of {found.rows} rows differ: {found.detail}",
        )
    payload = {"version": sealed.payload["version"], "sha256": sha256, "rows": found.rows, "seconds": found.seconds}
    return ctx.chain.record("archive.proved", key, payload, once=f"{key}:{sha256}")


def retire(ctx: Context, key: str, reason: str) -> Event:
    """Record that version `key` serves no more, and who follows; refused under the lock where it became champion."""
    number = parse_version(key)
    if told := check(ctx, key, reason):
        return told
    sealed = _intact(ctx, ctx.chain.history(), key)
    if not _proof(ctx.chain.history(), key, sealed.payload["sha256"]):
        raise _missing(ctx.chain.history(), key, "an archive that was restored", "one that was not")

    def still(history: History) -> None:
        may_retire(history, number, reason)
        if history.champion != successor:
            raise _missing(history, key, f"{_name(successor)} as champion", _name(history.champion))

    successor = ctx.chain.history().champion
    payload = {"version": number, "successor": successor, "reason": reason}
    return ctx.chain.record("version.retired", key, payload, once=key, guard=still)


def planned(ctx: Context, key: str) -> list[str]:
    """List what `clean_up` removes; nothing is touched."""
    return plan(ctx, ctx.chain.history(), parse_version(key)).listed()


def clean_up(ctx: Context, key: str) -> Event:
    """Remove the served copies and return `archive.cleaned`; only of a retired version whose archive was proved."""
    history, number = ctx.chain.history(), parse_version(key)
    sealed = _intact(ctx, history, key)
    if not _proof(history, key, sealed.payload["sha256"]):
        raise _missing(history, key, "an archive that was restored", "one that was not")
    retired = history.retirement(number)
    if retired is None:
        raise _missing(history, key, "a retired version", "one that may still serve")
    if told := history.last("archive.cleaned", key):
        return told
    todo = plan(ctx, history, number)
    successor = retired.payload["successor"]
    tags = {"perennial.archive": sealed.payload["sha256"], "perennial.successor": _name(successor)}
    carry_out(ctx, todo, tags)
    return ctx.chain.record("archive.cleaned", key, {"version": number, "removed": todo.listed()}, once=key)


def _intact(ctx: Context, history: History, key: str) -> Event:
    """Return the newest `archive.sealed` whose file is still the one that was sealed."""
    sealed = history.last("archive.sealed", key)
    if sealed is None:
        raise _missing(history, key, "a sealed archive", "none")
    if (found := _found(ctx, sealed)) != sealed.payload["sha256"]:
        raise ArtifactUntrusted(
            f"{ctx.model}: archive {sealed.payload['path']}",
            expected=f"the archive that was sealed, sha256 {sealed.payload['sha256']}",
            found=found,
            next_command=f"perennial run {ctx.model} archive --key {key}",
        )
    return sealed


def _found(ctx: Context, sealed: Event) -> str:
    path = ctx.settings.archives / sealed.payload["path"]
    return sha256_of(path) if path.is_file() else "no such file"


def _proof(history: History, key: str, sha256: str) -> Event | None:
    hits = [event for event in history.of("archive.proved") if event.key == key and event.payload["sha256"] == sha256]
    return hits[-1] if hits else None


def _missing(history: History, key: str, expected: str, found: str) -> GateRefused:
    return GateRefused(
        f"{history.chain}: retirement of {key}",
        expected=expected,
        found=found,
        next_command=f"perennial run {history.chain} archive --key {key}",
    )


def _name(version: int | None) -> str:
    return version_key(version) if version else "none"
