"""Say what is due in business time: monitoring windows whose labels matured, scheduled training, waits that end."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, CronPartitionTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

from perennial.spec import Spec
from perennial_airflow.assets import asset
from perennial_airflow.models import specs
from perennial_airflow.stage import open_model, stage_dag

DAILY = CronPartitionTimetable("0 1 * * *", timezone="UTC", key_format="%Y-%m-%d", run_offset=-1)


def build(spec: Spec) -> DAG:
    """Return the DAG of one model."""
    due, signal = asset(spec.name, "due"), asset(spec.name, "signal")
    with stage_dag(spec, "clock", doc=__doc__, schedule=DAILY) as dag:

        @task(multiple_outputs=True)
        def tick(model: str, **context: Any) -> dict[str, Any]:
            """Read the ledger; leave a request where the schedule asks for a training."""
            from perennial.clock.stage import tick as run

            found = run(open_model(model, context))
            return {"windows": [str(window) for window in found.windows], "queue": found.queue}

        @task(outlets=[due])
        def windows(keys: list[str], outlet_events: Any = None) -> None:
            """Wake `monitor`, once a window."""
            if not keys:
                raise AirflowSkipException("no monitoring window is due")
            outlet_events[due].add_partitions(keys)

        @task(outlets=[signal])
        def queue(waiting: bool) -> None:
            """Wake `retrain` to look at its queue."""
            if not waiting:
                raise AirflowSkipException("no request is due")

        found = tick(spec.name)
        windows(found["windows"])
        queue(found["queue"])
    return dag


for _spec in specs():
    build(_spec)
