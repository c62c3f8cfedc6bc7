"""What a model file holds, read without building any of it."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from perennial.estimators.archive_format import SCHEMA
from perennial.estimators.artifact import ALLOWED


@dataclass(frozen=True)
class Content:
    """The facts of a model file."""

    format: str
    """skops, or what it looks like instead"""
    sha256: str
    size: int
    """bytes"""
    types: tuple[str, ...]
    """every type and function that the archive names"""
    forbidden: tuple[str, ...]
    """those of them that neither skops nor our own list allows"""


def content(path: Path) -> Content:
    """Read a model file; a foreign or damaged one has a format and no types."""
    data = path.read_bytes() if path.is_file() else b""
    format_, types, forbidden = _read(data)
    return Content(format_, hashlib.sha256(data).hexdigest(), len(data), types, forbidden)


def _read(data: bytes) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    import skops.io

    try:
        with ZipFile(io.BytesIO(data)) as archive:
            named = set(_named(json.loads(archive.read(SCHEMA))))
        strange = set(skops.io.get_untrusted_types(data=data)) - set(ALLOWED)
    except (BadZipFile, KeyError, ValueError, TypeError) as error:
        return _looks_like(data, error), (), ()
    return "skops", tuple(sorted(named)), tuple(sorted(strange))


def _named(node: Any) -> Iterator[str]:
    """Yield the type of every node of a schema."""
    if isinstance(node, dict):
        if "__class__" in node and "__module__" in node:
            yield f"{node['__module__']}.{node['__class__']}"
        for child in node.values():
            yield from _named(child)
    elif isinstance(node, list):
        for child in node:
            yield from _named(child)


def _looks_like(data: bytes, error: Exception) -> str:
    if not data:
        return "no file, or an empty one"
    if data[:1] == b"\x80" or data[:2] in {b"\x78\x9c", b"\x78\x01", b"\x78\xda"}:
        return "pickle or joblib"
    return f"no skops archive ({type(error).__name__})"
