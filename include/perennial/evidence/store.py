"""Files by their SHA-256: a digest in the ledger names exactly one content."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from perennial.errors import LedgerError


class Evidence:
    """All kept files, under `<2 hex>/<64 hex><suffix>`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: bytes | str, suffix: str) -> str:
        """Keep a content and return its digest; the same content twice is one file."""
        data = content.encode() if isinstance(content, str) else content
        digest = hashlib.sha256(data).hexdigest()
        target = self.root / digest[:2] / f"{digest}{suffix}"
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=target.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(target)
        return digest

    def put_json(self, value: object) -> str:
        """Keep a value as readable JSON and return its digest."""
        return self.put(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False), ".json")

    def path(self, digest: str) -> Path:
        """Return the file of a digest; raises LedgerError when it is gone."""
        hits = sorted((self.root / digest[:2]).glob(f"{digest}*"))
        if not hits:
            raise LedgerError(
                f"evidence {digest[:12]}",
                expected=f"a file under {self.root / digest[:2]}",
                found="none",
                next_command="perennial reconcile",
            )
        return hits[0]

    def read_json(self, digest: str) -> Any:
        """Read a value back."""
        return json.loads(self.path(digest).read_text(encoding="utf-8"))

    def intact(self, digest: str) -> bool:
        """Tell whether the file is there and still has the content of its name."""
        hits = sorted((self.root / digest[:2]).glob(f"{digest}*"))
        return bool(hits) and hashlib.sha256(hits[0].read_bytes()).hexdigest() == digest
