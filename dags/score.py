"""Score the window with the champion; publish whole days at once, each row traceable."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, PartitionedAssetTimetable
from airflow.sdk.exceptions import AirflowSkipException

from perennial.spec import Spec
from perennial_airflow.assets import asset
from perennial_airflow.brakes import stoppable
from perennial_airflow.models import specs
from perennial_airflow.stage import key_of, open_model, stage_dag


def build(spec: Spec) -> DAG:
    """Return the DAG of one model."""
    features = PartitionedAssetTimetable(assets=asset(spec.name, "features"))
    with stage_dag(spec, "score", doc=__doc__, schedule=features) as dag:

        @stoppable("scoring", outlets=[asset(spec.name, "predictions")])
        def predict(model: str, **context: Any) -> int:
            """Route, score in bounded memory, publish if the champion is still the champion."""
            from perennial.keys import Window
            from perennial.scoring.stage import score as run

            event = run(open_model(model, context), Window.parse(key_of(context)))
            if event is None:
                raise AirflowSkipException(f"{model} has no champion yet: nothing is scored before one is promoted")
            return int(event.payload["rows"])

        predict(spec.name)
    return dag


for _spec in specs():
    build(_spec)
