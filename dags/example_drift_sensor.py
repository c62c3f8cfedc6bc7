"""An example of anybody's DAG: wait until a model's inputs drift, then ask for a new version of it."""

from __future__ import annotations

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, Param

from perennial_airflow.drift import DriftSensor

with DAG(
    "example_drift_sensor",
    schedule=None,
    tags=["example"],
    doc_md=__doc__,
    params={
        "model": Param("flight_delay", type="string"),
        "since": Param(None, type=["null", "string"], format="date-time", description="default: from now on"),
    },
):
    drifted = DriftSensor(
        task_id="drifted",
        model="{{ params.model }}",
        since="{{ params.since or dag_run.start_date.isoformat() }}",
        poke_interval=5,
        timeout=24 * 3600,
    )
    ask_for_retraining = TriggerDagRunOperator(
        task_id="ask_for_retraining",
        trigger_dag_id="{{ params.model }}.retrain",
        conf={
            "request": {
                "id": "drift-{{ ti.xcom_pull('drifted')['window'] }}",
                "source": "example_drift_sensor",
                "reason": "drift in {{ ti.xcom_pull('drifted')['window'] }}: "
                "{{ ti.xcom_pull('drifted')['drifted'] | join(', ') }}",
            }
        },
    )
    drifted >> ask_for_retraining
