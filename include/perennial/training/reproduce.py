"""Train a version again from its frozen training set, and say what of it came out the same.

Works in a temporary folder: MLflow, the lake and the registered model stay as they are; only the result is recorded.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from perennial.context import Context
from perennial.errors import GateRefused
from perennial.estimators.artifact import load
from perennial.estimators.predict import predict
from perennial.keys import parse_version
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.spec.kept import revive
from perennial.training import snapshot
from perennial.training.claim import launched
from perennial.training.fitting import Fit
from perennial.training.provenance import making
from perennial.training.recorder import Unrecorded
from perennial.training.repetition import LEVELS, Figures, content_held, held, refuse_other_making, same_rule, sentence
from perennial.training.search import QUALITY
from perennial.training.staging import Fitted, Staging
from perennial.training.warm import Warm


@dataclass(frozen=True)
class _Again:
    """A second fit beside what was registered."""

    ctx: Context
    """with the spec of then"""
    registered: Mapping[str, Any]
    frozen: Event
    fitted: Fitted
    staging: Staging

    def figures(self) -> Figures:
        """Compare both models on the rows they learnt from; raises ArtifactUntrusted for a changed model file."""
        data = snapshot.read(self.ctx, self.frozen)
        artifact = self.registered["artifact"]
        theirs = load(self.ctx.settings.artifacts / artifact["path"], artifact["sha256"])
        mine = load(self.staging.model("candidate"), self.fitted.candidate["sha256"])
        old, new = (np.asarray(predict(model, data.table)) for model in (theirs, mine))
        train = self.ctx.spec.train
        unit = float(np.std(data.labels)) if train.task == "regression" else 1.0
        measure = QUALITY[train.quality]
        apart = float(np.mean(np.abs(old - new))) / unit
        return Figures(train.quality, measure(data.labels, old), measure(data.labels, new), apart)


def reproduced(ctx: Context, key: str) -> Event:
    """Return what came of reproducing version `key` with the present code, or reproduce it now."""
    history = ctx.chain.history()
    registered, told = history.version(parse_version(key)), history.last("version.reproduced", key)
    now = making(ctx.spec.train, threads=1)
    about = {"artifact_sha256": registered["artifact"]["sha256"], "lock": now["lock"], "code": now["code"]}
    if told and all(told.payload[name] == value for name, value in about.items()):
        return told
    return reproduce(ctx, key)


def reproduce(ctx: Context, key: str) -> Event:
    """Train version `key` again and record `version.reproduced` with what held.

    Raises GateRefused where it cannot be made as it was (other requirements, nothing recorded), LedgerError where its
    training set is not the frozen one.
    """
    history = ctx.chain.history()
    registered = history.version(parse_version(key))
    made, now = registered.get("made"), making(ctx.spec.train, threads=1)
    refuse_other_making(f"{ctx.model}: reproduction of {key}", made, now)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="perennial-reproduce-") as scratch:
        found = _compare(_fit_again(ctx, history, registered, Path(scratch)))
    payload = {
        "version": registered["version"],
        "artifact_sha256": registered["artifact"]["sha256"],
        **found,
        **{name: now[name] for name in ("lock", "code", "python", "machine")},
        "threads": registered["made"]["threads"],
        "seconds": round(time.perf_counter() - begun, 1),
    }
    return ctx.chain.record("version.reproduced", key, payload)


def _fit_again(ctx: Context, history: History, registered: Mapping[str, Any], folder: Path) -> _Again:
    """Fit with the spec, the training set and the threads of then."""
    kept = ctx.evidence.path(registered["spec"]).read_text(encoding="utf-8")
    then = replace(ctx, spec=revive(kept, folder / "spec"))
    claim = next(one for one in launched(history) if one.name == registered["claim"])
    frozen = next(one for one in history.of("snapshot.frozen") if one.payload["claim"] == claim.name)
    if frozen.payload["sha256"] != registered["snapshot"]:
        raise GateRefused(
            f"{ctx.model}: training set of v{registered['version']}",
            expected=f"the one it was registered with, sha256 {registered['snapshot']}",
            found=f"sha256 {frozen.payload['sha256']} for {claim.name}",
            next_command=f"perennial ledger verify {ctx.model}",
        )
    staging = Staging(folder)
    made = registered["made"]
    warm = Warm.read(made.get("warm"))
    fitted = Fit(then, claim, frozen, Unrecorded(), int(made["threads"]), warm).run(staging)
    return _Again(then, registered, frozen, fitted, staging)


def _compare(again: _Again) -> dict[str, Any]:
    """Return what of model, decision rule, baseline and parameters came out the same."""
    registered, fitted = again.registered, json.loads(json.dumps(asdict(again.fitted)))
    content = content_held(registered["artifact"], fitted["candidate"])
    figures = None if content else again.figures()
    rule = same_rule(registered.get("decision"), fitted.get("decision"), exactly=content is not None)
    result = held(content, figures, same_rule=rule)
    return {
        "result": result,
        "level": LEVELS.index(result),
        "why": sentence(result, figures, rule=rule),
        "again": fitted["candidate"],
        "same_rule": rule,
        "same_baseline": registered["baseline"]["sha256"] == fitted["baseline"]["sha256"],
        "same_parameters": registered["parameters"] == fitted["parameters"],
        "figures": figures and figures.to_dict(),
    }
