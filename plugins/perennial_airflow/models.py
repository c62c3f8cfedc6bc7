"""The models that a parse of a DAG file is about: all valid ones, or in a task only its own."""

from __future__ import annotations

from airflow.sdk import get_parsing_context

from perennial.errors import PerennialError
from perennial.settings import Settings
from perennial.spec import Spec, load_all, load_spec


def specs() -> list[Spec]:
    """Return the specs to build DAGs for; a broken one is left out (`broken` tells of it)."""
    wanted = get_parsing_context().dag_id
    settings = Settings.load()
    if wanted is None:
        return load_all(settings)[0]
    path = settings.models / wanted.rpartition(".")[0] / "model.yaml"
    return [load_spec(path)] if path.exists() else []


def broken() -> dict[str, PerennialError]:
    """Return the error of each model whose spec cannot be honoured."""
    return load_all(Settings.load())[1]
