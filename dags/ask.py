"""Ask a person what follows from a window that triage does not decide: retrain, keep watching, or hold.

A question stands until somebody answers, or until a later window was judged.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, PartitionedAssetTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

from perennial.spec import Spec
from perennial_airflow.assets import asset
from perennial_airflow.models import specs
from perennial_airflow.questions import AskTriage
from perennial_airflow.stage import key_of, open_model, stage_dag


def build(spec: Spec) -> DAG:
    """Return the DAG of one model."""
    asked = PartitionedAssetTimetable(assets=asset(spec.name, "question"))
    with stage_dag(spec, "ask", doc=__doc__, schedule=asked, max_active_runs=16) as dag:

        @task(outlets=[asset(spec.name, "signal")])
        def signal(model: str, **context: Any) -> None:
            """Wake `retrain` where the answer asks for a new version."""
            answer = open_model(model, context).chain.history().last("triage.answered", key_of(context))
            if answer is None or answer.payload["answer"] != "Retrain":
                raise AirflowSkipException(f"{model}: nobody asks for a new version")

        AskTriage(task_id="ask", model=spec.name) >> signal(spec.name)
    return dag


for _spec in specs():
    build(_spec)
