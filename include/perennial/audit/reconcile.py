"""What was moved behind the ledger's back: aliases, artifacts, partitions, evidence, feature definitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perennial.audit.files import Difference, changed_evidence, changed_files
from perennial.context import Context, open_context, open_ledger
from perennial.errors import SpecError
from perennial.evidence.store import Evidence
from perennial.keys import version_key
from perennial.ledger.history import History
from perennial.ledger.store import Ledger
from perennial.ledger.verify import first_break
from perennial.settings import Settings


def reconcile_all(settings: Settings, names: Sequence[str], *, repair: bool) -> Iterator[Difference]:
    """Yield the differences of every chain; one whose model cannot be opened is a difference, and no end."""
    ledger = open_ledger(settings)
    for name in names:
        try:
            ctx = open_context(name, settings=settings)
        except SpecError as error:
            history = History(name, ledger.read(name))
            yield Difference(name, "the model's folder", "a spec that can be honoured", error.found)
            yield from _chain(ledger, history)
            yield from changed_evidence(history, Evidence(settings.evidence))
        else:
            yield from reconcile(ctx, repair=repair)


def reconcile(ctx: Context, *, repair: bool) -> list[Difference]:
    """Return every difference; `repair` moves aliases and feature definitions towards the ledger."""
    history = ctx.chain.history()
    return [
        *_chain(ctx.chain.ledger, history),
        *_aliases(ctx, history, repair=repair),
        *changed_files(ctx, history),
        *_definitions(ctx, history, repair=repair),
    ]


def _chain(ledger: Ledger, history: History) -> Iterator[Difference]:
    heads, name = ledger.heads, history.chain
    found = first_break(name, history.events, *heads.read(name), heads.trusts)
    if found:
        yield Difference(name, f"ledger, event {found.seq}", "a chain that holds", found.what)


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
