"""The models that a parse of a DAG file is about: all valid ones, or in a task only its own."""

from __future__ import annotations

from airflow.sdk import get_parsing_context

from perennial.errors import PerennialError
from perennial.policy import load_policy
from perennial.settings import Settings
from perennial.spec import Spec, load_all, load_spec


def specs() -> list[Spec]:
    """Return the specs to build DAGs for; a broken one is left out (`broken` tells of it)."""
    wanted = get_parsing_context().dag_id
    settings = Settings.load()
    if wanted is None:
        return _honoured(settings)[0]
    path = settings.models / wanted.rpartition(".")[0] / "model.yaml"
    return [load_spec(path)] if path.exists() else []


def broken() -> dict[str, PerennialError]:
    """Return the error of each model whose spec, or what it makes of its policy, cannot be honoured."""
    return _honoured(Settings.load())[1]


def _honoured(settings: Settings) -> tuple[list[Spec], dict[str, PerennialError]]:
    specs, errors = load_all(settings)
    kept = []
    for spec in specs:
        try:
            load_policy(settings.policies, spec)
        except PerennialError as error:
            errors[spec.name] = error
        else:
            kept.append(spec)
    return kept, errors
