"""A version goes back into service with its features' version, if that is still in the feature store."""

from __future__ import annotations

from perennial.context import Context
from perennial.errors import GateRefused
from perennial.keys import version_key
from perennial.ledger.history import History


def refuse_lost_features(ctx: Context, history: History, version: int) -> None:
    """Raise GateRefused where definitions that a version scores with are not in the feature store any more."""
    if lost := _lost(ctx, history, str(history.version(version)["transform"])):
        raise GateRefused(
            f"{history.chain}: rollback to {version_key(version)}",
            expected="its features in the feature store, as they were defined",
            found=f"changed or gone: {', '.join(lost)}",
            next_command=f"perennial reconcile {history.chain} --repair",
        )


def _lost(ctx: Context, history: History, transform: str) -> tuple[str, ...]:
    """Compare with what the newest files hold, as `reconcile` does; a model without views has nothing to lose."""
    from perennial import datasets
    from perennial.datasets.partitions import built
    from perennial.feature_store import registration, store

    features = datasets.feature_set(ctx, transform)
    if not datasets.definition(ctx, transform).views:
        return ()
    newest = {table: parts[max(parts)] for table, parts in built(history, transform).partitions.items() if parts}
    files = {str(ctx.lake.folder(table)): [str(ctx.lake.path(one))] for table, one in newest.items()}
    with store.opened(ctx.settings, files) as feast:
        return registration.missing(feast, features)
