"""Real servers and folders for the tests: one Postgres a session, fresh databases and folders a test."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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

# What the shell of whoever runs the tests says of proxies, repositories, servers and threads is not meant for them:
# a git hook, for one, names its own repository in GIT_DIR, which every git of a test would then work on.
FOREIGN = ("AIRFLOW_", "FEAST_", "GIT_", "MLFLOW_", "OMP_", "PERENNIAL_", "PG")
for _name in [name for name in os.environ if name.startswith(FOREIGN) or name.lower().endswith("_proxy")]:
    del os.environ[_name]

_numbers = itertools.count(1)
Install = Callable[..., AbstractContextManager[Settings]]


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
    with installed(postgres, templates, tmp_path) as mine:
        Heads(mine.keys).create_key()
        yield mine


@pytest.fixture(scope="session")
def install(postgres: Settings, templates: dict[str, str]) -> Install:
    """Make installations that outlive a test, empty (without a key) or with the databases of another one."""

    def made(folder: Path, like: Settings | None = None) -> AbstractContextManager[Settings]:
        copied = {kind: like.urls[kind].rsplit("/", 1)[1] for kind in templates} if like else templates
        return installed(postgres, copied, folder)

    return made


@contextmanager
def installed(postgres: Settings, templates: dict[str, str], folder: Path) -> Iterator[Settings]:
    """Give databases that are copies of others, and folders; the databases are gone afterwards."""
    number = next(_numbers)
    urls = {}
    with psycopg.connect(_plain(postgres.url("airflow")), autocommit=True) as connection:
        for kind, template in templates.items():
            # A database can be copied while nobody is connected to it.
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [template])
            connection.execute(f'CREATE DATABASE "{kind}_{number}" TEMPLATE "{template}"')
            urls[kind] = _renamed(postgres.url(kind), f"{kind}_{number}")
        connection.execute(f'GRANT CONNECT ON DATABASE "ledger_{number}" TO perennial_stage')
    urls["ledger_owner"] = _renamed(postgres.url("ledger_owner"), f"ledger_{number}")
    models = folder / "models"
    models.mkdir()
    try:
        yield Settings(
            var=folder / "var",
            models=models,
            policies=PROJECT / "include" / "policies",
            feature_repo=PROJECT / "feature_repo",
            urls=urls,
        )
    finally:
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
