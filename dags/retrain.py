"""Decide on the queue of requests for a new version: launch one training, wait, or refuse, and say why.

Woken by signals, by the clock, by hand with a reason, and by other DAGs (cause `outside`). Many requests make one run.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, FixedKeyMapper, Param, PartitionedAssetTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

from perennial.spec import Spec
from perennial_airflow.assets import asset
from perennial_airflow.models import specs
from perennial_airflow.stage import open_model, stage_dag


def build(spec: Spec) -> DAG:
    """Return the DAG of one model."""
    training = asset(spec.name, "training")
    queue = PartitionedAssetTimetable(
        assets=asset(spec.name, "signal"), default_partition_mapper=FixedKeyMapper("queue")
    )
    request = {
        "reason": Param("", type="string", description="why a new version is wanted; empty: only decide on the queue"),
        "cause": Param("person", enum=["person", "outside"], description="who asks"),
    }
    with stage_dag(spec, "retrain", doc=__doc__, schedule=queue, params=request) as dag:

        @task
        def ask(model: str, **context: Any) -> None:
            """Put the request of a person or of another DAG into the queue."""
            from perennial.ledger.requests import put

            if reason := context["params"]["reason"]:
                put(open_model(model, context).chain, context["params"]["cause"], reason)

        @task(outlets=[training])
        def decide(model: str, outlet_events: Any = None, **context: Any) -> str:
            """Launch, wait or refuse; the decision and its reason are in the ledger."""
            from perennial.retraining.stage import decide_queue as run

            event = run(open_model(model, context))
            if event is None or not event.payload["launch"]:
                why = f"{event.payload['outcome']}: {event.payload['why']}" if event else "nobody asks"
                raise AirflowSkipException(f"{model}: no training is launched, {why}")
            outlet_events[training].add_partitions([event.key])
            return event.key

        ask(spec.name) >> decide(spec.name)
    return dag


for _spec in specs():
    build(_spec)
