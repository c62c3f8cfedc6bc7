"""A candidate version: its files in MLflow, its number, and what the ledger keeps of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from perennial import datasets
from perennial.context import Context
from perennial.estimators.artifact import ALLOWED, MANIFEST
from perennial.estimators.manifest import Manifest
from perennial.hashing import canonical
from perennial.keys import DAY, Window
from perennial.ledger.event import Event
from perennial.ledger.origin import asked_by, people
from perennial.registry import Artifacts, Kept, ModelFiles, Version, Versions
from perennial.spec.authorship import account, spec_authors
from perennial.training.claim import Claim
from perennial.training.provenance import provenance
from perennial.training.staging import Fitted, Staging

ROLES = ("candidate", "baseline")
RECORD = "perennial.record"
"""Tag of a version with what the ledger is to keep: written with the version in one transaction, so that a crash
before the ledger event loses nothing and a repetition tells the same."""


def registered(ctx: Context, claim: Claim, frozen: Event, fitted: Fitted, staging: Staging) -> Version:
    """Keep both model files and register the version; a repetition returns the version of the first time."""
    artifacts = Artifacts(ctx.settings, ctx.model)
    kept = {role: artifacts.keep(fitted.run_id, role, _files(staging.folder / role, role, fitted)) for role in ROLES}
    payload = record(ctx, claim, frozen, fitted, kept)
    tags = {
        RECORD: canonical(payload),
        "perennial.spec": fitted.spec_digest,
        "perennial.transform": payload["transform"],
        "perennial.snapshot": payload["snapshot"],
        **provenance(),
    }
    return Versions(ctx.settings, ctx.model).register(claim.name, fitted.run_id, kept["candidate"], tags)


def record(ctx: Context, claim: Claim, frozen: Event, fitted: Fitted, kept: Mapping[str, Kept]) -> dict[str, Any]:
    """Return the payload of `candidate.registered` without the version's number."""
    transform = frozen.payload["transform"]
    columns = datasets.columns(ctx, transform)
    fit = Window.parse(frozen.payload["window"])
    files = {role: {"path": kept[role].path, **getattr(fitted, role)} for role in ROLES}
    return {
        "claim": claim.name,
        "artifact": files["candidate"],
        "baseline": files["baseline"],
        "run_id": fitted.run_id,
        "snapshot": fitted.snapshot,
        "fit_window": str(fit),
        "holdout": str(Window(fit.last + DAY, claim.window.last)),
        "transform": transform,
        "service": datasets.feature_set(ctx, transform).service,
        "spec_digest": fitted.spec_digest,
        "spec": fitted.spec_digest,
        "made": dict(fitted.made),
        "columns": {"numeric": list(columns.numeric), "categorical": list(columns.categorical)},
        "estimator": fitted.estimator,
        "parameters": dict(fitted.parameters),
        "metrics": dict(fitted.metrics),
        "decision": fitted.decision,
        "asked_by": people([*asked_by(ctx.chain.history(), claim.name), ctx.chain.actor]),
        "spec_by": spec_authors(ctx.spec.folder) or people(account()),
    }


def payload_of(version: Version) -> dict[str, Any]:
    """Return the payload of `candidate.registered` for a version that MLflow has."""
    return {"version": version.number, **json.loads(version.tags[RECORD])}


def _files(folder: Path, role: str, fitted: Fitted) -> ModelFiles:
    manifest = Manifest.read(folder / MANIFEST)
    kinds = {"numeric": "double", "categorical": "string"}
    return ModelFiles(
        folder=folder,
        sha256=getattr(fitted, role)["sha256"],
        estimator=manifest.estimator,
        parameters={name: json.dumps(value) for name, value in manifest.params.items()},
        columns={column.name: kinds[column.kind] for column in manifest.columns},
        libraries=manifest.libraries,
        trusted=ALLOWED,
    )
