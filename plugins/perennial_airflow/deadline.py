"""Deadlines of runs (spec: `monitor.run_times`): the triggerer calls `late` for a run that is not done in time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import BaseNotifier
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from perennial.spec import Spec
from perennial_airflow.brakes import waits
from perennial_airflow.notify import Failed


class Ended(BaseNotifier):
    """Tells that a run that was late ended: as `on_success_callback` and `on_failure_callback` of a DAG."""

    template_fields = ()

    def __init__(self, model: str, *, well: bool) -> None:
        super().__init__()
        self.model, self.well = model, well

    def notify(self, context: Any) -> None:
        """Record it; a run that was in time costs a look into the ledger."""
        from perennial.context import open_context
        from perennial.monitoring.run_times import ended

        run = f"{context['dag'].dag_id}/{context['run_id']}"
        ended(open_context(self.model, actor="airflow", run=run), run, well=self.well, now=datetime.now(UTC))


def watched(spec: Spec, stage: str) -> dict[str, Any]:
    """Return what a DAG is given to tell people of its runs: a failure and, where the spec has a limit, lateness."""
    failed = Failed(spec.name, kind="failed")
    limit = {str(name): time for name, time in spec.monitor.run_times.items()}.get(stage)
    if limit is None:
        return {"on_failure_callback": failed}
    alert = DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=limit,
        callback=AsyncCallback(
            late, kwargs={"model": spec.name, "stage": stage, "seconds": int(limit.total_seconds())}
        ),
        name=f"{spec.name}.{stage} is late",
    )
    return {
        "deadline": alert,
        "on_failure_callback": [failed, Ended(spec.name, well=False)],
        "on_success_callback": Ended(spec.name, well=True),
    }


async def late(*, model: str, stage: str, seconds: int, context: Mapping[str, Any]) -> str:
    """Record that a run is late and tell people, unless it waits for a release; returns the run's name."""
    return await asyncio.to_thread(_late, model, stage, seconds, context)


def _late(model: str, stage: str, seconds: int, context: Mapping[str, Any]) -> str:
    from airflow.configuration import conf

    from perennial.context import open_context
    from perennial.monitoring.run_times import Late
    from perennial.monitoring.run_times import late as record

    if waits(model, stage):  # it is late because people want it to be
        return f"{model}.{stage} waits for a release"
    run, due = context["dag_run"], context["deadline"]["deadline_time"]
    name = f"{run['dag_id']}/{run['dag_run_id']}"
    page = f"{conf.get('api', 'base_url', fallback='').rstrip('/')}/dags/{run['dag_id']}/runs/{run['dag_run_id']}"
    ctx = open_context(model, actor="airflow", run=name)
    about = run.get("partition_key") or run["dag_run_id"]
    moment = datetime.fromisoformat(due) if isinstance(due, str) else due
    record(ctx, Late(stage, name, about, timedelta(seconds=seconds), moment, page))
    return name
