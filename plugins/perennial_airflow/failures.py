"""What is said of a failure in Airflow: what failed, why, since when, and where to look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perennial import errors


def key_of_failure(context: Mapping[str, Any]) -> str:
    """Name what failed: the stage (or the whole id of anybody's DAG), the task, and what the run is about."""
    from perennial.notices.failures import failure_key

    dag, ti = context["dag"], context.get("ti")
    task = ti.task_id if ti else ""
    if stage := stage_of(dag):
        return failure_key(stage, task, _about(context))
    return ".".join(filter(None, [dag.dag_id, task]))


def why(context: Mapping[str, Any]) -> str:
    """Say what went wrong, since when, and where to look."""
    error, ti = context.get("exception"), context.get("ti")
    if isinstance(error, errors.PerennialError):
        what = str(error)
    elif error:
        what = f"{type(error).__name__}: {str(error)[:500]}" if isinstance(error, BaseException) else str(error)
    else:
        what = f"It ended without an error of its own, as when it is killed ({context.get('reason', 'a lost task')})."
    start = getattr(ti, "start_date", None)
    since = f"It started {start:%Y-%m-%d %H:%M} UTC." if start else ""
    then = "When the cause is mended, clear the task in Airflow."
    return "\n".join(filter(None, [what, since, then, page_of(context)]))


def stage_of(dag: Any) -> str | None:
    """Return the stage that a DAG is, as its tags say."""
    return next((tag.removeprefix("stage:") for tag in dag.tags if tag.startswith("stage:")), None)


def _about(context: Mapping[str, Any]) -> str:
    from perennial_airflow.stage import key_of

    try:
        return key_of(context)
    except (errors.KeyInvalid, KeyError):
        return str(context.get("run_id", ""))


def page_of(context: Mapping[str, Any]) -> str:
    """Return the address of the task's page; empty where there is no task."""
    return str(getattr(context.get("ti"), "log_url", ""))
