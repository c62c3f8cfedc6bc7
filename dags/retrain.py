"""Decide on the queue of requests for a new version: launch one training, wait, or refuse, and say why.

Woken by alarms, by the clock, by hand with a reason, and by other systems and DAGs with a `request`. Many requests
make one run. Before it decides it judges whether earlier trainings helped.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, FixedKeyMapper, PartitionedAssetTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

from perennial.spec import Spec
from perennial_airflow.assets import asset
from perennial_airflow.models import specs
from perennial_airflow.requests import PARAMS
from perennial_airflow.stage import open_model, stage_dag


def build(spec: Spec) -> DAG:
    """Return the DAG of one model."""
    training = asset(spec.name, "training")
    queue = PartitionedAssetTimetable(
        assets=asset(spec.name, "signal"), default_partition_mapper=FixedKeyMapper("queue")
    )
    with stage_dag(spec, "retrain", doc=__doc__, schedule=queue, params=PARAMS) as dag:

        @task
        def ask(model: str, **context: Any) -> None:
            """Put what a person or another system asks for into the queue, or reset the circuit breaker."""
            from perennial_airflow.requests import take

            take(open_model(model, context), context)

        @task
        def judge(model: str, **context: Any) -> list[str]:
            """Say of trainings whose time has come whether they helped."""
            from perennial.retraining.judge import judge_due

            return [event.payload["why"] for event in judge_due(open_model(model, context))]

        @task(outlets=[training])
        def decide(model: str, outlet_events: Any = None, **context: Any) -> list[str]:
            """Launch, wait or refuse; the decision and its reason are in the ledger."""
            from perennial.retraining.announce import announce
            from perennial.retraining.stage import decide_queue, to_announce

            ctx = open_model(model, context)
            event = decide_queue(ctx)
            announce(ctx)
            windows = to_announce(ctx)
            if not windows:
                why = f"{event.payload['outcome']}: {event.payload['why']}" if event else "nobody asks"
                raise AirflowSkipException(f"{model}: no training is launched, {why}")
            outlet_events[training].add_partitions(windows)
            return windows

        ask(spec.name) >> judge(spec.name) >> decide(spec.name)
    return dag


for _spec in specs():
    build(_spec)
