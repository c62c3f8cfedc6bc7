"""Say what is due in business time: monitoring windows whose labels matured, scheduled training, waits that end.

And, in wall time, emergency promotions that nobody agreed to.
"""

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
    due, signal, champion = asset(spec.name, "due"), asset(spec.name, "signal"), asset(spec.name, "champion")
    with stage_dag(spec, "clock", doc=__doc__, schedule=DAILY) as dag:

        @task(multiple_outputs=True)
        def tick(model: str, **context: Any) -> dict[str, Any]:
            """Read the ledger."""
            from perennial.clock.stage import tick as run

            found = run(open_model(model, context))
            return {"windows": [str(one) for one in found.windows], "review": found.review}

        @task(outlets=[due])
        def windows(keys: list[str], outlet_events: Any = None) -> None:
            """Wake `monitor`, once a window."""
            if not keys:
                raise AirflowSkipException("no monitoring window is due")
            outlet_events[due].add_partitions(keys)

        @task(outlets=[signal])
        def queue(model: str, **context: Any) -> None:
            """Leave a request where schedule, new data or code ask for a training; wake `retrain` to look."""
            from perennial.retraining.wake import wake

            if not wake(open_model(model, context)):
                raise AirflowSkipException("no request is due")

        @task(outlets=[champion])
        def undo(model: str, review: str | None, outlet_events: Any = None, **context: Any) -> None:
            """Undo an emergency promotion that nobody agreed to in time."""
            from perennial.promotion.review import undo_overdue

            event = undo_overdue(open_model(model, context)) if review else None
            if event is None:
                raise AirflowSkipException("no review is overdue")
            outlet_events[champion].add_partitions([event.key])

        found = tick(spec.name)
        windows(found["windows"])
        undo(spec.name, found["review"])
        # What goes wrong with a look at others must not keep the queue asleep.
        dependencies(spec) >> queue.override(trigger_rule="all_done")(spec.name)
    return dag


def dependencies(spec: Spec) -> Any:
    """Return the task that looks at what a model stands on; the one after it may wake `validate`."""
    candidate = asset(spec.name, "candidate")

    @task
    def changes(model: str, **context: Any) -> str | None:
        """Find what has changed under the champion; tell people, and ask for what the spec says."""
        from perennial.dependents.stage import look, to_revalidate

        ctx = open_model(model, context)
        look(ctx)
        return to_revalidate(ctx)

    @task(outlets=[candidate])
    def again(key: str | None, outlet_events: Any = None) -> None:
        """Wake `validate` to judge the champion again."""
        if key is None:
            raise AirflowSkipException("no re-validation is due")
        outlet_events[candidate].add_partitions([key])

    found = changes(spec.name)
    again(found)
    return found


for _spec in specs():
    build(_spec)
