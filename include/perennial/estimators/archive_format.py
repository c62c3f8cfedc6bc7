"""skops archives with reproducible bytes.

skops names the arrays in an archive, and marks shared objects, by their address in memory, so two dumps of one model
differ. Renumbered by first occurrence they are equal: a fit that is repeated gives the same file and the same digest.
"""

from __future__ import annotations

import io
import json
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

SCHEMA = "schema.json"


def dump(model: Any) -> bytes:
    """Return the model as a compressed skops archive; equal objects built the same way give equal bytes."""
    import skops.io

    with ZipFile(io.BytesIO(skops.io.dumps(model))) as source:
        schema = json.loads(source.read(SCHEMA))
        files: dict[str, str] = {}
        _renumber(schema, {}, files)
        members = {new: source.read(old) for old, new in files.items()}
    members[SCHEMA] = json.dumps(schema, separators=(",", ":")).encode()
    return _zip(members)


def _renumber(node: Any, ids: dict[int, int], files: dict[str, str]) -> None:
    """Replace addresses in place, in document order; collect the new names of the members."""
    if isinstance(node, dict):
        if "__id__" in node:
            node["__id__"] = ids.setdefault(node["__id__"], len(ids))
        if "__loader__" in node and isinstance(node.get("file"), str):
            node["file"] = files.setdefault(node["file"], f"{len(files)}.npy")
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _renumber(child, ids, files)


def _zip(members: dict[str, bytes]) -> bytes:
    """Write members with a fixed date and mode."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as target:
        for name, content in members.items():
            info = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = ZIP_DEFLATED
            target.writestr(info, content)
    return buffer.getvalue()
