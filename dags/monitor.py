"""Is the champion still what it was? Drift (Evidently), performance on matured labels, triage.

Lost performance, or drift together with it, raises a signal; drift alone is reported.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, PartitionedAssetTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

from perennial.spec import Spec
from perennial_airflow.assets import asset
from perennial_airflow.models import specs
from perennial_airflow.stage import key_of, open_model, stage_dag


def build(spec: Spec) -> DAG:
    """Return the DAG of one model."""
    due = PartitionedAssetTimetable(assets=asset(spec.name, "due"))
    with stage_dag(spec, "monitor", doc=__doc__, schedule=due) as dag:

        @task
        def report(model: str, **context: Any) -> str:
            """Measure the window; gives the address of the page to XCom."""
            from perennial.keys import Window
            from perennial.monitoring.stage import report as run

            event = run(open_model(model, context), Window.parse(key_of(context)))
            return f"/perennial/evidence/{event.payload['html']}"

        @task(outlets=[asset(spec.name, "signal")])
        def triage(model: str, **context: Any) -> str:
            """Say what it means; wake `retrain` when performance was lost."""
            from perennial.keys import Window
            from perennial.monitoring.stage import raise_signal

            window = Window.parse(key_of(context))
            signal = raise_signal(open_model(model, context), window)
            if signal is None:
                raise AirflowSkipException(f"{model}: {window} raises no signal")
            return str(signal.payload["reason"])

        report(spec.name) >> triage(spec.name)
    return dag


for _spec in specs():
    build(_spec)
