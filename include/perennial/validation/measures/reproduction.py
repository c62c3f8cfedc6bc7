"""What came of training the candidate again."""

from __future__ import annotations

from perennial.keys import version_key
from perennial.validation.case import Case
from perennial.validation.estimate import Reproduction, Unknown


def reproduction(case: Case) -> Reproduction | Unknown:
    """Read the newest repetition of this very file from the ledger: it is made before the gates are run."""
    key = version_key(case.candidate["version"])
    told = case.ctx.chain.history().last("version.reproduced", key)
    if told is None or told.payload["artifact_sha256"] != case.candidate["artifact"]["sha256"]:
        return Unknown(f"nobody trained this file again: perennial reproduce {case.ctx.model} {key}")
    said = told.payload
    return Reproduction(said["level"], said["why"], said["seconds"], told.hash)
