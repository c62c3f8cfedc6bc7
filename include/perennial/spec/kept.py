"""A spec as it was: kept as one text whose SHA-256 is its digest, and read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from perennial.errors import SpecError
from perennial.hashing import canonical
from perennial.spec.model import Spec


def text_of(spec: Spec) -> str:
    """Return what is kept of a spec and its transform; its SHA-256 is `spec.digest`."""
    return canonical(spec.content)


def revive(text: str, folder: Path) -> Spec:
    """Return the spec of a kept text, its transform written into an empty folder; raises SpecError.

    A spec from before a key was added is honoured; one with a key that is honoured no more is not.
    """
    kept = json.loads(text)
    spec = _read(kept)
    target = folder / spec.features.sql
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(kept["sql"], encoding="utf-8")
    return spec.placed(folder)


def digest_now(text: str) -> str | None:
    """Return the digest that the spec of a kept text has today; None where a key of it is honoured no more.

    It is another than that of the text where the schema grew since, or where a key counts no more.
    """
    kept = json.loads(text)
    try:
        return _read(kept).placed(Path(), kept["sql"]).digest
    except SpecError:
        return None


def _read(kept: Mapping[str, Any]) -> Spec:
    try:
        return Spec.model_validate_json(json.dumps(kept["spec"]))
    except ValidationError as invalid:
        error = invalid.errors()[0]
        raise SpecError(
            f"the spec of {kept['spec'].get('name')} as it was kept: {'.'.join(map(str, error['loc']))}",
            expected=error["msg"],
            found=repr(error.get("input"))[:80],
            next_command="check out the code of that time: its digest stands in `candidate.registered`",
        ) from None
