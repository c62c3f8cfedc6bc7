"""A sealed archive: one tar.gz whose manifest names the SHA-256 of every other file in it. Needs no ledger to verify.

Sorted names, no owners, no times: the same files give the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perennial.errors import ArtifactUntrusted
from perennial.hashing import digest, sha256_of

MANIFEST = "manifest.json"
LEDGER = "ledger.jsonl"
FORMAT = 1


@dataclass(frozen=True)
class Sealed:
    """What an archive says of itself, after all of it was checked."""

    model: str
    version: int
    manifest: Mapping[str, Any]
    events: int


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> str:
    """Write the manifest of a folder and return its SHA-256."""
    members = {name: sha256_of(folder / name) for name in _names(folder)}
    content = json.dumps({"format": FORMAT, **facts, "members": members}, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(content, encoding="utf-8")
    return hashlib.sha256(content.encode()).hexdigest()


def seal(folder: Path, target: Path) -> str:
    """Pack a folder and return the archive's SHA-256; `target` appears complete, and on the disk, or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with partial.open("wb") as file:
            with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
                _pack(folder, packed)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return sha256_of(target)


def verify_archive(path: Path) -> Sealed:
    """Check an archive file alone, offline; raises ArtifactUntrusted that names the first thing that is wrong."""
    with tempfile.TemporaryDirectory(prefix="perennial-archive-") as folder:
        return unpack(path, Path(folder))


def unpack(path: Path, folder: Path) -> Sealed:
    """Unpack an archive into an empty folder and check all of it; raises ArtifactUntrusted."""
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                _extract(archive, member, folder)
    except (OSError, EOFError, tarfile.TarError, gzip.BadGzipFile) as error:
        raise _untrusted(path.name, "a readable tar.gz", f"{type(error).__name__}: {error}") from None
    return verify_folder(folder)


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Write one member; raises ArtifactUntrusted for anything but a file that stays below the folder.

    tarfile's own filters came with Python 3.11.4, and distributions still carry older ones.
    """
    target = folder / member.name
    if not member.isfile() or not target.resolve().is_relative_to(folder.resolve()):
        raise _untrusted(member.name, "a file inside the archive's folder", f"type {member.type!r}")
    content = archive.extractfile(member)
    assert content is not None, "it is a file"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        shutil.copyfileobj(content, file)


def verify_folder(folder: Path) -> Sealed:
    """Check an unpacked archive: every member as the manifest says, none missing or added, every event's hash right."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        model, version, members = manifest["model"], manifest["version"], dict(manifest["members"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = f"{type(error).__name__}: {error}"
        raise _untrusted(MANIFEST, "a manifest with model, version and members", found) from None
    for name in sorted({*members, *_names(folder)}):
        found = sha256_of(folder / name) if (folder / name).is_file() else "no such file"
        if members.get(name) != found:
            raise _untrusted(name, f"sha256 {members.get(name, 'of no such member')}", found)
    return Sealed(model, version, manifest, _check_events(folder / LEDGER, model))


def _check_events(path: Path, model: str) -> int:
    """Check that each line is an event of the model with the hash of its content; returns how many."""
    # Not splitlines: what people say may hold other ends of lines (U+2028) than those between events.
    lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.is_file() else []
    for number, line in enumerate(lines, start=1):
        body = json.loads(line)
        said = body.pop("hash", None)
        found = digest(body)
        if body.get("chain") != model or found != said:
            where, seen = f"{LEDGER}, line {number}", f"one of {body.get('chain')}, hash {found}"
            raise _untrusted(where, f"an event of {model} with hash {said}", seen)
    return len(lines)


def _pack(folder: Path, packed: Any) -> None:
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted([*_names(folder), MANIFEST]):
            content = (folder / name).read_bytes()
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))


def _names(folder: Path) -> list[str]:
    """Return every file below a folder but its manifest, as relative names."""
    files = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
    return sorted(name for name in files if name != MANIFEST)


def _untrusted(member: str, expected: str, found: str) -> ArtifactUntrusted:
    return ArtifactUntrusted(f"archive: {member}", expected=expected, found=found)
