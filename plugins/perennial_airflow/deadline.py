"""Deadlines of runs (spec: `monitor.run_times`): the triggerer calls `late` for a run that is not done in time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from perennial.spec import Spec
from perennial_airflow.notify import Over


def deadline(spec: Spec, stage: str) -> dict[str, Any]:
    """Return what a DAG is given for a stage's limit: the alert, and what takes it back. Nothing without a limit."""
    limit = {str(name): time for name, time in spec.monitor.run_times.items()}.get(stage)
    if limit is None:
        return {}
    alert = DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=limit,
        callback=AsyncCallback(
            late, kwargs={"model": spec.name, "stage": stage, "seconds": int(limit.total_seconds())}
        ),
        name=f"{spec.name}.{stage} is late",
    )
    return {"deadline": alert, "on_success_callback": Over(spec.name, kind="late", key=stage)}


async def late(*, model: str, stage: str, seconds: int, context: Mapping[str, Any]) -> str:
    """Record that a run is late and tell people; returns the run's name."""
    return await asyncio.to_thread(_late, model, stage, seconds, context)


def _late(model: str, stage: str, seconds: int, context: Mapping[str, Any]) -> str:
    from airflow.configuration import conf

    from perennial.context import open_context
    from perennial.monitoring.run_times import Late
    from perennial.monitoring.run_times import late as record

    run, due = context["dag_run"], context["deadline"]["deadline_time"]
    name = f"{run['dag_id']}/{run['dag_run_id']}"
    page = f"{conf.get('api', 'base_url', fallback='').rstrip('/')}/dags/{run['dag_id']}/runs/{run['dag_run_id']}"
    ctx = open_context(model, actor="airflow", run=name)
    about = run.get("partition_key") or run["dag_run_id"]
    moment = datetime.fromisoformat(due) if isinstance(due, str) else due
    record(ctx, Late(stage, name, about, timedelta(seconds=seconds), moment, page))
    return name
