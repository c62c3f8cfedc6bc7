"""A spec as it was: kept as one text whose SHA-256 is its digest, and read back."""

from __future__ import annotations

import json
from pathlib import Path

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
    try:
        spec = Spec.model_validate_json(json.dumps(kept["spec"]))
    except ValidationError as invalid:
        error = invalid.errors()[0]
        raise SpecError(
            f"the spec of {kept['spec'].get('name')} as it was kept: {'.'.join(map(str, error['loc']))}",
            expected=error["msg"],
            found=repr(error.get("input"))[:80],
            next_command="check out the code of that time: its digest stands in `candidate.registered`",
        ) from None
    target = folder / spec.features.sql
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(kept["sql"], encoding="utf-8")
    return spec.placed(folder)
