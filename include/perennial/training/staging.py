"""What fit leaves for register: two model files and what is known of them, in a folder of the claim."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from perennial.context import Context
from perennial.estimators.artifact import MODEL
from perennial.hashing import sha256_of
from perennial.training.claim import Claim

DONE = "fit.json"
DECISION = "decision.json"


@dataclass(frozen=True)
class Fitted:
    """A finished fit; `candidate` and `baseline` have the keys `sha256` and `probe`."""

    snapshot: str
    run_id: str
    spec_digest: str
    estimator: str
    parameters: Mapping[str, Any]
    metrics: Mapping[str, float]
    candidate: Mapping[str, str]
    baseline: Mapping[str, str]
    decision: Mapping[str, Any] | None
    """how scores become decisions: `DecisionRule.to_dict()`; None where a number is predicted"""
    made: Mapping[str, Any]
    """with what: requirements, code, threads, seed, the spec's part on training"""


@dataclass(frozen=True)
class Staging:
    """The folder of one claim; `fit.json`, written last, says that the fit is complete."""

    folder: Path

    @classmethod
    def of(cls, ctx: Context, claim: Claim) -> Staging:
        """Name the folder of a claim."""
        return cls(ctx.settings.var / "training" / ctx.model / claim.name)

    def read(self, snapshot: str) -> Fitted | None:
        """Return the finished fit on a training set; None when there is none, or its files are others than it names."""
        path = self.folder / DONE
        if not path.exists():
            return None
        fitted = Fitted(**json.loads(path.read_text(encoding="utf-8")))
        named = {self.model("candidate"): fitted.candidate, self.model("baseline"): fitted.baseline}
        intact = all(file.exists() and sha256_of(file) == told["sha256"] for file, told in named.items())
        return fitted if intact and fitted.snapshot == snapshot else None

    def model(self, role: str) -> Path:
        """Return the model file of a role."""
        return self.folder / role / MODEL

    def write_decision(self, rule: Mapping[str, Any] | None) -> None:
        """Put the decision rule beside the candidate, so that MLflow shows it with the model."""
        text = json.dumps(rule, indent=1, sort_keys=True, allow_nan=False)
        (self.folder / "candidate" / DECISION).write_text(text, encoding="utf-8")

    def write(self, fitted: Fitted) -> None:
        """Say that the fit is complete, in one step."""
        partial = self.folder / f".{DONE}.{os.getpid()}"
        partial.write_text(json.dumps(asdict(fitted), indent=1, allow_nan=False), encoding="utf-8")
        partial.replace(self.folder / DONE)

    def remove(self) -> None:
        """Remove the folder; one that is gone is no error."""
        shutil.rmtree(self.folder, ignore_errors=True)
