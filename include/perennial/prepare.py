"""Make the databases ready once: the ledger's table and roles, MLflow's and Feast's tables, the signing key."""

from __future__ import annotations

from perennial.hashing import sha256_of
from perennial.ledger import tables
from perennial.ledger.signing import Heads
from perennial.metering.machine import machine_of
from perennial.settings import PROJECT, Settings


def prepare(settings: Settings) -> bool:
    """Bring everything up to date; returns False when it was already. Runs again when the lock file changes."""
    marker, current = settings.var / "run" / "prepared", sha256_of(PROJECT / "requirements.lock")
    Heads(settings.keys).create_key()
    tables.create(settings.url("ledger_owner"))
    if marker.exists() and marker.read_text(encoding="utf-8") == current:
        return False
    from perennial.feature_store import store
    from perennial.registry import prepare as prepare_registry

    prepare_registry(settings)
    with store.opened(settings, {}):
        pass
    machine_of(settings)  # a second that no task has to spend
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text(current, encoding="utf-8")
    return True
