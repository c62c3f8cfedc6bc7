"""Turn raw days into point-in-time features and bring the newest values online (Feast)."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, PartitionedAssetTimetable, task

from perennial.spec import Spec
from perennial_airflow.assets import asset
from perennial_airflow.models import specs
from perennial_airflow.stage import key_of, open_model, stage_dag


def build(spec: Spec) -> DAG:
    """Return the DAG of one model."""
    raw = PartitionedAssetTimetable(assets=asset(spec.name, "raw"))
    with stage_dag(spec, "features", doc=__doc__, schedule=raw) as dag:

        @task(priority_weight=10)
        def upstream(model: str, **context: Any) -> str:
            """Stop the model where the raw days that came in are broken, before it scores them."""
            from perennial.keys import Window
            from perennial.monitoring.arrival import check

            decided = check(open_model(model, context), Window.parse(key_of(context)))
            return str(decided.payload["why"]) if decided else "nothing is broken"

        @task
        def transform(model: str, **context: Any) -> None:
            """Write the feature partitions of the window, and of later days that it made stale."""
            from perennial.features.stage import build as run
            from perennial.keys import Window

            run(open_model(model, context), Window.parse(key_of(context)))

        @task(outlets=[asset(spec.name, "features")])
        def materialise(model: str, **context: Any) -> None:
            """Bring the newest values online; an older window never overwrites a newer value."""
            from perennial.features.online import materialise as run
            from perennial.keys import Window

            run(open_model(model, context), Window.parse(key_of(context)))

        # Features are also made of days that nobody may score; who scores is woken when somebody has looked.
        [upstream(spec.name), transform(spec.name)] >> materialise(spec.name)
    return dag


for _spec in specs():
    build(_spec)
