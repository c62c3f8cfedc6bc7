"""Check that every file is the one that was packed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

MANIFEST, FORMAT = "manifest.json", 1


class Broken(Exception):
    """Something is not as it was recorded."""


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest; raises Broken for one that is not written the one way there is."""
    try:
        content = (folder / MANIFEST).read_bytes()
        manifest: dict[str, Any] = json.loads(content)
        known = {"files", "format", "model", "version"} == set(manifest) and manifest["format"] == FORMAT
        dict(manifest["files"]), str(manifest["model"]), int(manifest["version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Broken(f"{MANIFEST}: {error}") from None
    if not known or canonical(manifest).encode() + b"\n" != content:
        raise Broken(f"{MANIFEST}: the file was changed")
    return manifest


def files(folder: Path, manifest: dict[str, Any]) -> str:
    """Compare every file with the manifest and say how many there are; raises Broken for the first that differs."""
    known: dict[str, str] = manifest["files"]
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    there = {name for name in names if not name.startswith("checks/__pycache__/")} - {MANIFEST}
    for name in sorted(there | set(known)):
        if name not in there:
            raise Broken(f"{name}: the file is missing")
        if name not in known:
            raise Broken(f"{name}: the file was added")
        if sha256(folder / name) != known[name]:
            raise Broken(f"{name}: the file was changed")
    return f"files: {len(known)}, each as it was packed"


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def canonical(value: object) -> str:
    """Write JSON in the one way that hashes are made of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
