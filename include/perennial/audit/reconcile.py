"""What was moved behind the ledger's back: aliases, artifacts, partitions, evidence, feature definitions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from perennial.context import Context
from perennial.hashing import sha256_of
from perennial.keys import version_key
from perennial.ledger.history import History
from perennial.ledger.verify import first_break


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the ledger says."""

    model: str
    what: str
    expected: str
    found: str
    repaired: bool = False

    def __str__(self) -> str:
        """Say it in two lines."""
        done = "; put right" if self.repaired else ""
        return f"{self.model}: {self.what}{done}\n  expected: {self.expected}\n  found:    {self.found}"


def reconcile(ctx: Context, *, repair: bool) -> list[Difference]:
    """Return every difference; `repair` moves aliases and feature definitions towards the ledger."""
    history = ctx.chain.history()
    return [
        *_chain(ctx, history),
        *_aliases(ctx, history, repair=repair),
        *_artifacts(ctx, history),
        *_partitions(ctx, history),
        *_evidence(ctx, history),
        *_definitions(ctx, history, repair=repair),
    ]


def _chain(ctx: Context, history: History) -> Iterator[Difference]:
    heads = ctx.chain.ledger.heads
    found = first_break(ctx.model, history.events, *heads.read(ctx.model), heads.trusts)
    if found:
        yield Difference(ctx.model, f"ledger, event {found.seq}", "a chain that holds", found.what)


def _aliases(ctx: Context, history: History, *, repair: bool) -> Iterator[Difference]:
    from perennial.registry import Versions

    registry = Versions(ctx.settings, ctx.model)
    alias = registry.aliases().get("champion") if history.versions else None
    champion = history.champion
    if alias == champion:
        return
    if repair and champion is not None:
        registry.set_alias("champion", champion)
    elif repair:
        registry.remove_alias("champion")
    yield Difference(ctx.model, "alias `champion` in MLflow", _name(champion), _name(alias), repaired=repair)


def _artifacts(ctx: Context, history: History) -> Iterator[Difference]:
    for number in history.versions:
        if history.last("archive.cleaned", version_key(number)):
            continue
        kept = history.version(number)["artifact"]
        path = ctx.settings.artifacts / kept["path"]
        found = sha256_of(path) if path.exists() else "no file"
        if found != kept["sha256"]:
            yield Difference(ctx.model, f"artifact of {version_key(number)}", f"sha256 {kept['sha256']}", found)


def _partitions(ctx: Context, history: History) -> Iterator[Difference]:
    for table in history.tables():
        for partition in history.partitions(table).values():
            if not ctx.lake.intact(partition):
                path = ctx.lake.path(partition)
                found = f"sha256 {sha256_of(path)}" if path.exists() else f"no {path}"
                yield Difference(ctx.model, f"{table} of {partition.day}", f"sha256 {partition.sha256}", found)


def _evidence(ctx: Context, history: History) -> Iterator[Difference]:
    for event in history.events:
        pages = [event.payload.get(name) for name in ("html", "card", "card_markdown", "scored", "golden", "sql")]
        for digest in filter(None, [event.evidence, *pages]):
            if not ctx.evidence.intact(digest):
                yield Difference(
                    ctx.model, f"evidence of event {event.seq} ({event.type})", f"sha256 {digest}", "changed or gone"
                )


def _definitions(ctx: Context, history: History, *, repair: bool) -> Iterator[Difference]:
    """Compare the features of the spec and of every version that may still serve with what Feast has."""
    from perennial import datasets
    from perennial.feature_store import registration, store

    for transform in _living_transforms(history):
        features = datasets.feature_set(ctx, transform)
        with store.opened(ctx.settings, _files(ctx, history, transform)) as feast:
            names = registration.missing(feast, features)
            if names and repair:
                registration.apply(feast, features)
        if names:
            yield Difference(
                ctx.model,
                f"feature definitions of transform {transform[:8]} in Feast",
                "as defined in the ledger",
                f"changed or gone: {', '.join(names)}",
                repaired=repair,
            )


def _living_transforms(history: History) -> list[str]:
    """Return the transform that was built last, and those of versions that were not cleaned up."""
    versions = [number for number in history.versions if not history.last("archive.cleaned", version_key(number))]
    used = [history.version(number)["transform"] for number in versions]
    newest = [event.payload["transform"] for event in history.of("features.written")[-1:]]
    return list(dict.fromkeys([*newest, *used]))


def _files(ctx: Context, history: History, transform: str) -> dict[str, list[str]]:
    """Pin the newest file of each feature table: a definition is compared by the columns of its files."""
    from perennial.datasets.partitions import built

    tables = built(history, transform).partitions.items()
    return {str(ctx.lake.folder(table)): [str(ctx.lake.path(parts[max(parts)]))] for table, parts in tables if parts}


def _name(number: int | None) -> str:
    return version_key(number) if number else "none"
