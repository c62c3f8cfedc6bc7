"""Freeze a training set, fit on it, register the candidate: three steps, each of which may run twice or be killed.

Each finds its claim by the run's key, the training window, and what the step before left: a ledger event, finished
MLflow runs, a staging folder. A step whose work is done returns what was recorded; one that has work to do raises Held
while training is held.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from perennial import datasets
from perennial.context import Context
from perennial.errors import Conflict, GateRefused, LedgerError
from perennial.keys import Window, version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.holds import refuse_if_held
from perennial.registry import Runs, Version, Versions
from perennial.spec.kept import text_of
from perennial.training import search, snapshot
from perennial.training.candidate import payload_of, registered
from perennial.training.claim import Claim, candidate_of, find, find_frozen, is_waiting, refuse_abandoned, snapshot_of
from perennial.training.fitting import Fit
from perennial.training.split import split
from perennial.training.staging import Staging
from perennial.training.warm import warm_start


def freeze(ctx: Context, key: str) -> Event:
    """Write the claim's training set and return `snapshot.frozen`.

    Raises GateRefused when nothing was claimed or nothing can be learnt, HistoryIncomplete when days are missing.
    """
    history = ctx.chain.history()
    claim = find(history, key)
    told = snapshot_of(history, claim)
    if told and (candidate_of(history, claim) or snapshot.intact(ctx, told)):
        return told
    refuse_if_held(ctx.chain, "training")
    window = Window.parse(told.payload["window"]) if told else split(claim.window, ctx.spec.train.holdout).fit
    payload = _write(ctx, claim, window, told.payload["transform"] if told else ctx.spec.transform_digest)
    if told and told.payload["sha256"] != payload["sha256"]:
        raise LedgerError(
            f"{ctx.model}: training set of {claim.name}",
            expected=f"sha256 {told.payload['sha256']}, as recorded",
            found=f"no such file; the lake would give sha256 {payload['sha256']} today",
            next_command="perennial reconcile",
        )
    return ctx.chain.record("snapshot.frozen", str(claim.window), payload, once=claim.name, brake="training")


def fit(ctx: Context, key: str) -> Event:
    """Search and fit into the claim's staging folder; return the `snapshot.frozen` that was learnt from."""
    history = ctx.chain.history()
    claim, frozen = find_frozen(history, key)
    staging = Staging.of(ctx, claim)
    if not candidate_of(history, claim) and not staging.read(frozen.payload["sha256"]):
        refuse_if_held(ctx.chain, "training")
        ctx.evidence.put(text_of(ctx.spec), ".json")
        runs = Runs(ctx.settings, ctx.model)
        staging.write(Fit(ctx, claim, frozen, runs, search.threads(), warm_start(ctx.spec, history)).run(staging))
    return frozen


def register(ctx: Context, key: str) -> Event:
    """Register what was fitted, exactly once, and return `candidate.registered`; raises GateRefused without a fit."""
    history = ctx.chain.history()
    claim, frozen = find_frozen(history, key)
    staging, versions = Staging.of(ctx, claim), Versions(ctx.settings, ctx.model)
    told = candidate_of(history, claim)
    if told is None:
        refuse_if_held(ctx.chain, "training")
        version = versions.of_claim(claim.name) or _register(ctx, claim, frozen, staging)
        told = _record(ctx, claim, version)
    if is_waiting(ctx.chain.history(), told.payload["version"]):
        versions.set_alias("candidate", told.payload["version"])
    Runs(ctx.settings, ctx.model).finish(told.payload["run_id"])
    staging.remove()
    return told


def _write(ctx: Context, claim: Claim, window: Window, transform: str) -> dict[str, Any]:
    """Write the labelled rows of a window and return what the event says of them."""
    known_by = claim.window.end + timedelta(days=ctx.spec.label.matures_after)
    with ctx.lake.staging() as folder:
        found = datasets.retrieve(ctx, transform, window, folder / "retrieved.parquet", labelled=True)
        label, task = ctx.spec.label.column, ctx.spec.train.task
        counts = snapshot.write(found.path, folder / "snapshot.parquet", label, known_by, task)
        if not counts.teach(task):
            raise _nothing_to_learn(ctx, claim, counts)
        sha256, path = snapshot.keep(ctx, folder / "snapshot.parquet")
    return {
        "claim": claim.name,
        "window": str(window),
        "sha256": sha256,
        "path": path,
        "transform": transform,
        "partitions": {table: dict(days) for table, days in found.partitions.items()},
        **counts.to_dict(),
    }


def _register(ctx: Context, claim: Claim, frozen: Event, staging: Staging) -> Version:
    fitted = staging.read(frozen.payload["sha256"])
    if fitted is None:
        raise GateRefused(
            f"{ctx.model}: registration of {claim.name}",
            expected=f"a finished fit in {staging.folder}",
            found="none",
            next_command=f"perennial run {ctx.model} train --key {claim.window}",
        )
    return registered(ctx, claim, frozen, fitted, staging)


def _record(ctx: Context, claim: Claim, version: Version) -> Event:
    """Record the version; a number that the ledger knows from another claim is refused (Conflict)."""

    def unused(present: History) -> None:
        refuse_abandoned(present, claim)
        if version.number in present.versions:
            raise Conflict(
                f"{ctx.model}: {version_key(version.number)}",
                expected="a version number that was never used",
                found=f"{version_key(version.number)} again from MLflow, for {claim.name}: was its database replaced?",
                next_command="perennial reconcile",
            )

    key = version_key(version.number)
    body = payload_of(version)
    return ctx.chain.record("candidate.registered", key, body, once=claim.name, guard=unused, brake="training")


def _nothing_to_learn(ctx: Context, claim: Claim, counts: snapshot.Counts) -> GateRefused:
    return GateRefused(
        f"{ctx.model}: training set of {claim.name} on {claim.window}",
        expected=f"rows with different outcomes of {ctx.spec.label.column}, labelled within the time the spec gives",
        found=", ".join(f"{name} {count}" for name, count in counts.to_dict().items()),
        next_command=f'perennial run {ctx.model} retrain --reason "..."',
    )
