"""Is the champion still what it was? Every monitor looks at the window, and triage says what follows.

Broken data stops the model; lost performance asks for a new version; unfair drift asks a person; drift is watched.
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
            """Let every monitor look; gives the address of the page to XCom."""
            from perennial.keys import Window
            from perennial.monitoring.case import is_champions
            from perennial.monitoring.stage import report as run

            ctx, window = open_model(model, context), Window.parse(key_of(context))
            if not is_champions(ctx.chain.history(), window):
                raise AirflowSkipException(f"{model}: the champion predicted nothing in {window}, another one did")
            event = run(ctx, window)
            return f"/perennial/evidence/{event.payload['html']}"

        @task.branch
        def triage(model: str, **context: Any) -> list[str]:
            """Say what it means and do it; returns who has to be woken."""
            from perennial.keys import Window
            from perennial.monitoring.consequences import act
            from perennial.monitoring.stage import decide

            ctx = open_model(model, context)
            decided = decide(ctx, Window.parse(key_of(context)))
            act(ctx, decided)
            return {"retrain": ["signal"], "ask": ["question"]}.get(decided.payload["action"], [])

        @task(outlets=[asset(spec.name, "signal")])
        def signal() -> None:
            """Wake `retrain`, whose queue has a request."""

        @task(outlets=[asset(spec.name, "question")])
        def question() -> None:
            """Wake `ask`, so that a question that is open holds up no window."""

        report(spec.name) >> triage(spec.name) >> [signal(), question()]
    return dag


for _spec in specs():
    build(_spec)
