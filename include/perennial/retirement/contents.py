"""What an archive holds, gathered into a folder: enough to use, explain and check a version anywhere."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from perennial.context import Context
from perennial.errors import ArtifactUntrusted, LedgerError
from perennial.estimators.artifact import load
from perennial.estimators.manifest import Manifest
from perennial.estimators.predict import predict
from perennial.estimators.probe import GOLDEN_SCORE, probe_table
from perennial.hashing import canonical, sha256_of
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.retirement.check import names
from perennial.retirement.seal import LEDGER, write_manifest

MODEL, GOLDEN = "model/model.skops", "golden.parquet"
KEPT = ("scored", "golden", "card", "card_markdown", "technical", "html", "sql", "spec", "policy")
"""Names under which payloads hold the digest of a file in the evidence store."""

README = """# {model} {version}

A retired version of a model, with all that is needed to use it, to explain it and to check it.

- `manifest.json`: the SHA-256 of every other file here, and what the model file needs to be loaded.
- `model/`, `baseline/`: the model files (skops archives) and their descriptions.
- `golden.parquet`: rows as the model is given them; the column `predicted probability` is what it must answer.
- `card/`: the model card. `metrics.json`: figures of its training and of its verdict, in full.
- `features/`: the definition of its features and the SQL that made them.
- `snapshot.json`: which rows it was fitted on, by SHA-256; the rows themselves are not here.
- `ledger.jsonl`: every event that names the version, in order, each with its hash.
- `evidence/`: the files that these events point to, by their SHA-256.
"""


def gather(ctx: Context, history: History, version: int, folder: Path) -> str:
    """Fill an empty folder and return its manifest's SHA-256.

    Raises ArtifactUntrusted for a model file, LedgerError for an evidence file that is not what was recorded.
    """
    registered = history.version(version)
    events = [event for event in history.events if names(event, registered)]
    for name in ("artifact", "baseline"):
        _model_files(ctx, registered[name], folder / ("model" if name == "artifact" else name))
    verdict = history.verdict(version)
    _golden(ctx, verdict, registered, folder)
    _card(ctx, verdict, folder / "card")
    _features(ctx, history, registered, folder / "features")
    _json(folder / "snapshot.json", _of_claim(events, "snapshot.frozen"))
    judged = ctx.evidence.read_json(verdict.evidence) if verdict and verdict.evidence else None
    _json(folder / "metrics.json", {"training": registered["metrics"], "verdict": judged})
    _evidence(ctx, events, folder / "evidence")
    lines = [canonical({**event.body(), "hash": event.hash}) + "\n" for event in events]
    (folder / LEDGER).write_text("".join(lines), encoding="utf-8")
    (folder / "README.md").write_text(README.format(model=ctx.model, version=version_key(version)), encoding="utf-8")
    return write_manifest(folder, _facts(ctx, registered, folder))


def _model_files(ctx: Context, artifact: Mapping[str, Any], target: Path) -> None:
    source = ctx.settings.artifacts / artifact["path"]
    if not source.is_file() or sha256_of(source) != artifact["sha256"]:
        raise ArtifactUntrusted(
            f"model file {source}",
            expected=f"the registered file, sha256 {artifact['sha256']}",
            found=f"sha256 {sha256_of(source)}" if source.is_file() else "no such file",
            next_command="perennial reconcile",
        )
    target.mkdir()
    for path in source.parent.iterdir():
        if path.is_file() and not path.name.startswith("."):
            shutil.copyfile(path, target / path.name)


def _golden(ctx: Context, verdict: Event | None, registered: Mapping[str, Any], folder: Path) -> None:
    """Keep the rows and predictions of the verdict; a version never judged answers its manifest's own probe."""
    if verdict:
        _keep(ctx, verdict.payload["golden"], folder / GOLDEN)
        return
    path = folder / MODEL
    probe = probe_table(Manifest.read(path.with_name("manifest.json")).columns)
    scores = predict(load(path, registered["artifact"]["sha256"]), probe)
    pq.write_table(probe.append_column(GOLDEN_SCORE, pa.array(scores)), folder / GOLDEN)


def _card(ctx: Context, verdict: Event | None, target: Path) -> None:
    if verdict:
        _keep(ctx, verdict.payload["card"], target / "card.html")
        _keep(ctx, verdict.payload["card_markdown"], target / "card.md")


def _features(ctx: Context, history: History, registered: Mapping[str, Any], target: Path) -> None:
    defined = [e for e in history.of("features.defined") if e.payload["transform"] == registered["transform"]]
    if not defined:
        raise LedgerError(
            f"{ctx.model}: transform {registered['transform'][:8]}",
            expected="the event that defined it",
            found="none",
            next_command=f"perennial ledger verify {ctx.model}",
        )
    _keep(ctx, defined[-1].payload["sql"], target / "features.sql")
    _json(target / "definition.json", defined[-1].payload)


def _evidence(ctx: Context, events: Sequence[Event], target: Path) -> None:
    """Keep every file that the events point to, under its digest."""
    target.mkdir()
    digests = {event.evidence for event in events if event.evidence}
    digests |= {digest for event in events for digest in (event.payload.get("figures") or {}).values() if digest}
    digests |= {event.payload[name] for event in events for name in KEPT if isinstance(event.payload.get(name), str)}
    for digest in sorted(digests):
        _keep(ctx, digest, target / ctx.evidence.path(digest).name)


def _keep(ctx: Context, digest: str, target: Path) -> None:
    """Copy a file out of the evidence store; raises LedgerError when it is gone or changed."""
    source = ctx.evidence.path(digest)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    if sha256_of(target) != digest:
        raise LedgerError(
            f"evidence {source}",
            expected=f"the content that was recorded, sha256 {digest}",
            found=f"sha256 {sha256_of(target)}",
            next_command="perennial reconcile",
        )


def _facts(ctx: Context, registered: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    described = Manifest.read((folder / MODEL).with_name("manifest.json"))
    return {
        "model": ctx.model,
        "version": registered["version"],
        "artifact_sha256": registered["artifact"]["sha256"],
        "golden_rows": pq.read_metadata(folder / GOLDEN).num_rows,
        "needs": {"python": described.python, **described.libraries},
    }


def _of_claim(events: Sequence[Event], type_: str) -> Mapping[str, Any]:
    hits = [event.payload for event in events if event.type == type_]
    return hits[-1] if hits else {}


def _json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False), encoding="utf-8")
