"""Read new days from the source, check them against the data contract, keep good rows and quarantine bad ones.

Runs by its schedule for one day, as a backfill for many, or by hand with the parameters start and end for a range.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, CronPartitionTimetable, Param, task
from airflow.sdk.exceptions import AirflowSkipException

from perennial.spec import Spec
from perennial_airflow.assets import asset
from perennial_airflow.models import specs
from perennial_airflow.stage import key_of, open_model, stage_dag

# At midnight the day that has just ended is complete: the run is about that one.
DAILY = CronPartitionTimetable("0 0 * * *", timezone="UTC", key_format="%Y-%m-%d", run_offset=-1)


def build(spec: Spec) -> DAG:
    """Return the DAG of one model."""
    raw = asset(spec.name, "raw")
    range_ = {
        "start": Param(None, type=["null", "string"], format="date", description="first day, when run by hand"),
        "end": Param(None, type=["null", "string"], format="date", description="last day, start when empty"),
    }
    with stage_dag(spec, "ingest", doc=__doc__, schedule=DAILY, params=range_) as dag:

        @task(outlets=[raw])
        def load(model: str, outlet_events: Any = None, **context: Any) -> str:
            """Extract, check, quarantine, write."""
            from perennial.ingest.stage import load as run
            from perennial.keys import Window

            key = key_of(context)
            event = run(open_model(model, context), Window.parse(key))
            if event is None:
                raise AirflowSkipException(f"{model}: the source has no day of {key}; it ended on {spec.source.last}")
            if context["dag_run"].partition_key is None:
                outlet_events[raw].add_partitions([key])
            return key

        load(spec.name)
    return dag


for _spec in specs():
    build(_spec)
