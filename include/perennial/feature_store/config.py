"""Feast's configuration: feature_repo/feature_store.yaml, filled in from the settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from string import Template
from typing import Any

import sqlalchemy as sa
import yaml
from sqlalchemy.engine import make_url

from perennial.errors import SetupError
from perennial.feature_store._feast import RepoConfig
from perennial.settings import Settings

LOCK = 0x66656173  # "feas": the advisory lock of everything that creates tables of Feast


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that feature_store.yaml asks for: what the plain `feast` command needs."""
    return {"PERENNIAL_VAR": str(settings.var), "PERENNIAL_FEAST_URL": settings.url("feast")}


def repo_config(settings: Settings, files: Mapping[str, Sequence[str]]) -> RepoConfig:
    """Read the configuration, with each table of `files` (absolute folder) pinned to its files."""
    path = settings.feature_repo / "feature_store.yaml"
    if not path.exists():
        raise SetupError("feature store", expected=f"{path}", found="no such file")
    values = _filled(yaml.safe_load(path.read_text(encoding="utf-8")), environment(settings))
    values["offline_store"] |= {
        "lake": settings.lake,
        "spill": settings.var / "spill",
        "files": {table: list(names) for table, names in files.items()},
    }
    url = make_url(settings.url("feast"))
    if url.get_backend_name() == "sqlite":
        values["online_store"] = {"type": "sqlite", "path": f"{url.database}.online"}
    return RepoConfig(repo_path=settings.feature_repo, **values)


@contextmanager
def alone(config: RepoConfig) -> Iterator[None]:
    """Keep others from creating Feast's tables meanwhile (Postgres only)."""
    url = make_url(config.registry.path)
    if url.get_backend_name() != "postgresql":
        yield
        return
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_lock(LOCK)))
        yield  # closing the connection lets go of the lock


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    """Put variables into every string."""
    if isinstance(value, dict):
        return {name: _filled(part, variables) for name, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, variables) for part in value]
    return Template(value).safe_substitute(variables) if isinstance(value, str) else value
