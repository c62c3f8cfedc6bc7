"""Real servers and folders for the tests: one Postgres a session, fresh databases and folders a test."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest

from perennial.ledger import tables
from perennial.ledger.signing import Heads
from perennial.local import postgres as server
from perennial.settings import PROJECT, Settings

# Examples are not timed: a loaded machine is no mistake of the code. In CI the same ones are tried every time.
hypothesis.settings.register_profile("perennial", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("perennial")

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Give the settings of a running embedded Postgres."""
    settings = Settings(var=tmp_path_factory.mktemp("postgres") / "var")
    server.start(settings)
    with psycopg.connect(_plain(settings.url("airflow")), autocommit=True) as connection:
        # These databases live for minutes: nothing has to survive a power cut.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield settings
    server.erase(settings)


@pytest.fixture(scope="session")
def templates(postgres: Settings) -> dict[str, str]:
    """Create each kind of database once; a test's own are copies of them."""
    tables.create(postgres.url("ledger_owner"))
    return {"ledger": "ledger", "mlflow": _migrated(postgres, "mlflow"), "feast": "feast"}


@pytest.fixture
def settings(postgres: Settings, templates: dict[str, str], tmp_path: Path) -> Iterator[Settings]:
    """Give an installation of its own: empty databases, an empty var, the project's policies and feature repo."""
    number = next(_numbers)
    urls = {}
    with psycopg.connect(_plain(postgres.url("airflow")), autocommit=True) as connection:
        for kind, template in templates.items():
            connection.execute(f'CREATE DATABASE "{kind}_{number}" TEMPLATE "{template}"')
            urls[kind] = _renamed(postgres.url(kind), f"{kind}_{number}")
        connection.execute(f'GRANT CONNECT ON DATABASE "ledger_{number}" TO perennial_stage')
    urls["ledger_owner"] = _renamed(postgres.url("ledger_owner"), f"ledger_{number}")
    models = tmp_path / "models"
    models.mkdir()
    mine = Settings(
        var=tmp_path / "var",
        models=models,
        policies=PROJECT / "include" / "policies",
        feature_repo=PROJECT / "feature_repo",
        urls=urls,
    )
    Heads(mine.keys).create_key()
    yield mine
    with psycopg.connect(_plain(postgres.url("airflow")), autocommit=True) as connection:
        for kind in templates:
            connection.execute(f'DROP DATABASE "{kind}_{number}" WITH (FORCE)')


def _migrated(postgres: Settings, name: str) -> str:
    """Run MLflow's migrations once a session."""
    from mlflow.store.db.utils import _initialize_tables
    from sqlalchemy import NullPool, create_engine

    engine = create_engine(postgres.url(name), poolclass=NullPool)
    _initialize_tables(engine)
    engine.dispose()
    return name


def _renamed(url: str, database: str) -> str:
    return f"{url.rsplit('/', 1)[0]}/{database}"


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")
