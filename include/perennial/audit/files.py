"""Look whether the files that the ledger names are still there, and still what was recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from perennial.audit.pack.checks.pointers import digests_in, pointers
from perennial.context import Context
from perennial.evidence.store import Evidence
from perennial.hashing import sha256_of
from perennial.keys import version_key
from perennial.ledger.history import History


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the ledger says."""

    model: str
    what: str
    expected: str
    found: str
    repaired: bool = False

    def __str__(self) -> str:
        """Say it in three lines."""
        done = "; put right" if self.repaired else ""
        return f"{self.model}: {self.what}{done}\n  expected: {self.expected}\n  found:    {self.found}"


def changed_files(ctx: Context, history: History) -> Iterator[Difference]:
    """Yield every file of a model that is gone or another one than the ledger says."""
    yield from _models(ctx, history)
    yield from _training_sets(ctx, history)
    yield from _archives(ctx, history)
    yield from _partitions(ctx, history)
    yield from changed_evidence(history, ctx.evidence)


def changed_evidence(history: History, evidence: Evidence) -> Iterator[Difference]:
    """Yield every kept file that events, or the figures that they point to, name and that is gone or changed."""
    for event in history.events:
        for what, digest in pointers({"payload": event.payload, "evidence": event.evidence}).items():
            where = f"event {event.seq} ({event.type}): {what}"
            if not evidence.intact(digest):
                yield Difference(history.chain, where, f"sha256 {digest}", "changed or gone")
            elif what.startswith("figures of "):
                yield from _inside(history, evidence, digest, where)


def _inside(history: History, evidence: Evidence, digest: str, where: str) -> Iterator[Difference]:
    """Look at files that figures name; a digest that names no file may be of something else and is passed over."""
    for one in digests_in(evidence.read_json(digest)):
        if list(evidence.root.glob(f"{one[:2]}/{one}*")) and not evidence.intact(one):
            yield Difference(history.chain, f"{where}, a file that they name", f"sha256 {one}", "changed")


def _models(ctx: Context, history: History) -> Iterator[Difference]:
    for number in history.versions:
        key, registered = version_key(number), history.version(number)
        if history.last("archive.cleaned", key):
            continue
        for role, part in (("model", "artifact"), ("baseline", "baseline")):
            path = ctx.settings.artifacts / registered[part]["path"]
            yield from _compared(ctx.model, f"{role} file of {key}", path, registered[part]["sha256"])


def _training_sets(ctx: Context, history: History) -> Iterator[Difference]:
    """Look at the training sets of registered versions; one of a training that failed is nobody's loss."""
    frozen = {event.payload["claim"]: event.payload for event in history.of("snapshot.frozen")}
    for number in history.versions:
        told = frozen.get(history.version(number)["claim"])
        if told:
            yield from _compared(
                ctx.model, f"training set of {version_key(number)}", ctx.lake.root / told["path"], told["sha256"]
            )


def _archives(ctx: Context, history: History) -> Iterator[Difference]:
    newest = {event.key: event.payload for event in history.of("archive.sealed")}
    for key, told in newest.items():
        yield from _compared(ctx.model, f"archive of {key}", ctx.settings.archives / told["path"], told["sha256"])


def _partitions(ctx: Context, history: History) -> Iterator[Difference]:
    for table in history.tables():
        for partition in history.partitions(table).values():
            if not ctx.lake.intact(partition):
                path = ctx.lake.path(partition)
                yield from _compared(ctx.model, f"{table} of {partition.day}", path, partition.sha256)


def _compared(model: str, what: str, path: Path, sha256: str) -> Iterator[Difference]:
    found = f"sha256 {sha256_of(path)}" if path.is_file() else f"no {path}"
    if found != f"sha256 {sha256}":
        yield Difference(model, what, f"sha256 {sha256}", found)
