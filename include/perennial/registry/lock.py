"""One writer at a time for what MLflow keeps of a model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from perennial.settings import Settings


@contextmanager
def alone(settings: Settings, model: str) -> Iterator[None]:
    """Hold the model's lock inside the block; it lies in the ledger's database and falls with its holder.

    MLflow has no uniqueness on tags: of two processes that look for a run and make it, both make one.
    """
    lock = sa.func.hashtextextended(f"perennial:mlflow:{model}", 0)
    engine = sa.create_engine(settings.url("ledger"), poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_lock(lock)))
        yield
